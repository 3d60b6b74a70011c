import type { IncomingMessage } from 'node:http';
import type { AllowedOrigins } from '#edge/allowed-origins.js';
import { errorCatalogue, type ErrorCode } from '#protocol/errors.js';
import { isSubprotocol, subprotocolNames } from './subprotocols.js';

type Done = (accepted: boolean, status?: number, message?: string, headers?: Record<string, string>) => void;
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

function refuse(done: Done, code: ErrorCode, message: string, details?: object): void {
  const { http, retryable } = errorCatalogue[code];
  const error = { code, message, retryable, ...(details ? { details } : {}) };
  done(false, http, JSON.stringify({ error }), { 'Content-Type': 'application/json' });
}
