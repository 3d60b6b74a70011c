import type { ServerOptions } from 'ws';
import { applicationError, errorCatalogue } from '#protocol/errors.js';
import type { GatewayTimes } from './limits.js';

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

/** When one client is told to come back elsewhere, and when it is sent away if it has not left. */
export interface Leaving {
  readonly reconnect_after_ms: number;
  readonly close_after_ms: number;
}

type LeavingTimes = Pick<
  GatewayTimes,
  'reconnect_after_ms' | 'drain_ms' | 'leaving_per_s' | 'leaving_ms_max'
>;

/** Evenly, each at random within its part: thousands that left in one moment would come back in one moment. */
export function leavings(count: number, times: LeavingTimes, random = Math.random): Leaving[] {
  const spreadMs = Math.min((count / times.leaving_per_s) * 1_000, times.leaving_ms_max);
  return Array.from({ length: count }, (_, index) => {
    const laterMs = Math.floor(((index + random()) / count) * spreadMs);
    return {
      reconnect_after_ms: times.reconnect_after_ms + laterMs,
      close_after_ms: times.drain_ms + laterMs,
    };
  });
}
