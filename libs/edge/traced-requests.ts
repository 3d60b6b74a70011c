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
  fastify.addHook('onRequest', (request, _reply, done) => {
    steps.set(request, step(newTrace()));
    done();
  });
  // Not before: while a body is read, whoever listens for its pieces is called from outside of any trace.
  fastify.addHook('preHandler', (request, _reply, done) => within(steps.get(request)!.span, done));
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, headers } = request;
    const { url: route } = routeOptions;
    const known = steps.get(request);
    if (known !== undefined && route !== undefined && !route.startsWith(untold)) {
      const client = headers[traceparentHeader];
      const linked = spanOf(typeof client === 'string' ? client : undefined);
      httpEnded(known, { method, route, status: reply.statusCode }, linked);
    }
    done();
  });
}
