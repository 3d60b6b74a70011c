import type { IncomingMessage } from 'node:http';
import { counter } from '#observability/metrics.js';
import type { AllowedOrigins } from '#edge/allowed-origins.js';
import { errorCatalogue, type ErrorCode } from '#protocol/errors.js';
import { isSubprotocol, subprotocolNames } from './subprotocols.js';

export type Done = (
  accepted: boolean,
  status?: number,
  message?: string,
  headers?: Record<string, string>,
) => void;
type VerifyUpgrade = (upgrade: { readonly req: IncomingMessage }, done: Done) => void;

/** Refuses before the socket opens, so that a client learns why: pages of foreign origins, and what is not spoken here. */
export const verifyUpgrade =
  (origins: AllowedOrigins): VerifyUpgrade =>
  ({ req: { headers } }, done) => {
    if (!origins.allowsSocket(headers.origin, headers.host))
      return refuse(done, 'FORBIDDEN', 'Pages of this origin may not connect: see ODNIX_ORIGINS.');
    const offered = headers['sec-websocket-protocol'];
    const isSpoken = offered === undefined || offered.split(',').some((name) => isSubprotocol(name.trim()));
    if (isSpoken) return done(true);
    refuse(done, 'INVALID_PARAMS', 'None of the offered subprotocols is spoken here.', {
      subprotocols: subprotocolNames,
    });
  };

/** The first that is spoken, in the client's order. */
export const chooseSubprotocol = (offered: ReadonlySet<string>): string | false =>
  [...offered].find(isSubprotocol) ?? false;

/** `retry_after_ms`: with the header as well. */
export function refuse(
  done: Done,
  code: ErrorCode,
  message: string,
  {
    retry_after_ms,
    ...details
  }: { readonly retry_after_ms?: number; readonly [detail: string]: unknown } = {},
): void {
  counter('odnix.gateway.upgrades.refused', { code }).add();
  const { http, retryable } = errorCatalogue[code];
  const error = {
    code,
    message,
    retryable,
    ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
  const later =
    retry_after_ms === undefined ? {} : { 'Retry-After': String(Math.ceil(retry_after_ms / 1_000)) };
  done(false, http, JSON.stringify({ error }), { 'Content-Type': 'application/json', ...later });
}
