/** What every HTTP request and answer of the edge has to do with, whichever endpoint it is for. */
import type { FastifyInstance } from 'fastify';
import { Refusal } from '#protocol/refusal.js';

const half_a_year_s = 15_768_000;

/**
 * Answers are data: no browser is to guess at them, keep them, run or frame anything of them, or tell others where they were. An
 * endpoint may say otherwise. `isSecure`: browsers come back by HTTPS only.
 */
export function guardRequests(fastify: FastifyInstance, isSecure: boolean): void {
  const headers = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(isSecure ? { 'strict-transport-security': `max-age=${half_a_year_s}` } : {}),
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers);
    const encoding = request.headers['content-encoding'];
    // What is small on the wire and large here is not let in at all.
    if (encoding === undefined || encoding === 'identity') done();
    else done(new Refusal('INVALID_PARAMS', { details: { 'content-encoding': 'none' } }));
  });
}
