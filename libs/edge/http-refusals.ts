/** What is refused before any endpoint is asked, because it is no HTTP or names no path: told as every other error is. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpErrorBody } from '#protocol/auth.js';
import { applicationError, errorCatalogue, type ApplicationError } from '#protocol/errors.js';

export const httpErrorBody = (error: ApplicationError): HttpErrorBody => ({
  error: { message: errorCatalogue[error.code].message, ...error },
});

/** A path that cannot be decoded; it is not told back. */
export function refusePath(
  _error: unknown,
  _request: unknown,
  { raw }: { readonly raw: ServerResponse },
): void {
  const error = applicationError('INVALID_PARAMS', { details: { path: 'a path in percent-encoded UTF-8' } });
  raw.writeHead(errorCatalogue[error.code].http, { 'content-type': 'application/json' });
  raw.end(JSON.stringify(httpErrorBody(error)));
}

/** Bytes that the parser did not understand, too many headers, or a request that did not end in time. */
export function refuseBytes(thrown: Error & { readonly code?: string }, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || socket.destroyed) return;
  const error = errorOf(thrown.code);
  const body = JSON.stringify(httpErrorBody(error));
  const head = `HTTP/1.1 ${errorCatalogue[error.code].http} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  if (socket.writable) socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  socket.destroy();
}

function errorOf(code: string | undefined): ApplicationError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return applicationError('UNAVAILABLE');
  const expected =
    code === 'HPE_HEADER_OVERFLOW' ? { headers: 'fewer or shorter ones' } : { request: 'HTTP' };
  return applicationError('INVALID_PARAMS', { details: expected });
}
