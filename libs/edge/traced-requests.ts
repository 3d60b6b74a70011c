import type { FastifyInstance, FastifyRequest } from 'fastify';
import { httpEnded, step, type Step } from '#observability/request-spans.js';
import { newTrace, spanOf, traceparentHeader, within } from '#observability/trace.js';

/** Asked every few seconds by whatever looks after processes. */
const untold = '/v1/health';

/**
 * A trace for each HTTP request, active in its handler. A client's own trace is linked and never continued: it would make its
 * requests sampled, and itself the parent of what others cause.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const steps = new WeakMap<FastifyRequest, Step>();
  fastify.addHook('onRequest', (request, { raw }, done) => {
    const known = step(newTrace());
    steps.set(request, known);
    // Not a hook of Fastify's: a stream of events is answered behind its back.
    raw.once('close', () => tell(known, request, raw.statusCode));
    done();
  });
  // Not before: while a body is read, whoever listens for its pieces is called from outside of any trace.
  fastify.addHook('preHandler', (request, _reply, done) => within(steps.get(request)!.span, done));
}

function tell(known: Step, { method, routeOptions, headers }: FastifyRequest, status: number): void {
  const { url: route } = routeOptions;
  if (route === undefined || route.startsWith(untold)) return;
  const client = headers[traceparentHeader];
  httpEnded(known, { method, route, status }, spanOf(typeof client === 'string' ? client : undefined));
}
