import type { IncomingMessage } from 'node:http';

/** Frames are JSON text. Spoken also when a client offers no subprotocol at all. */
const jsonSubprotocol = 'odnix.v1.json';

/** Only the offered ones that are not spoken: refused before the socket opens, so that a client learns why. */
export function verifySubprotocol(
  { req }: { readonly req: IncomingMessage },
  done: (accepted: boolean, status?: number, message?: string, headers?: Record<string, string>) => void,
): void {
  const offered = req.headers['sec-websocket-protocol'];
  const isSpoken =
    offered === undefined || offered.split(',').some((name) => name.trim() === jsonSubprotocol);
  if (isSpoken) return done(true);
  const error = {
    code: 'INVALID_PARAMS',
    message: 'None of the offered subprotocols is spoken here.',
    retryable: false,
    details: { subprotocols: [jsonSubprotocol] },
  };
  done(false, 400, JSON.stringify({ error }), { 'Content-Type': 'application/json' });
}

export const chooseSubprotocol = (offered: ReadonlySet<string>): string | false =>
  offered.has(jsonSubprotocol) ? jsonSubprotocol : false;
