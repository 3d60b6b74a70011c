import type { ServerOptions } from 'ws';
import { applicationError, errorCatalogue } from '#protocol/errors.js';

/** Answers every upgrade with 503 and when to come back: to another gateway, where there is one. */
export function refuseUpgrades(server: { readonly options: ServerOptions }, reconnectAfterMs: number): void {
  const error = {
    ...applicationError('UNAVAILABLE', { retry_after_ms: reconnectAfterMs }),
    message: errorCatalogue.UNAVAILABLE.message,
  };
  const headers = {
    'Content-Type': 'application/json',
    'Retry-After': String(Math.ceil(reconnectAfterMs / 1_000)),
  };
  const { options } = server;
  options.verifyClient = (_, done) => done(false, 503, JSON.stringify({ error }), headers);
}
