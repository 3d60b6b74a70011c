import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { applicationError, errorCatalogue, type ApplicationError, type ErrorCode } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { httpErrorBody } from './http-refusals.js';

const logger = new Logger('http');

/** Whatever is thrown on the way of an HTTP request, as an error of the catalogue with its status. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const error = errorOf(thrown);
    if (error.code === 'INTERNAL')
      logger.error(`${http.getRequest<FastifyRequest>().routeOptions.url}: ${nameOf(thrown)}`);
    const reply = http.getResponse<FastifyReply>();
    const { http: status } = errorCatalogue[error.code];
    if (error.retry_after_ms !== undefined)
      void reply.header('retry-after', Math.ceil(error.retry_after_ms / 1_000));
    void reply
      .status(status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify(httpErrorBody(error)));
  }
}

const codeOfStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'INVALID_PARAMS'],
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [405, 'NOT_FOUND'],
  [408, 'UNAVAILABLE'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [415, 'INVALID_PARAMS'],
]);

function errorOf(thrown: unknown): ApplicationError {
  if (thrown instanceof Refusal) return thrown.error;
  if (thrown instanceof StoreUnavailable) return applicationError('UNAVAILABLE');
  const { statusCode, status } = (thrown ?? {}) as { statusCode?: unknown; status?: unknown };
  const code = codeOfStatus.get(Number(statusCode ?? status));
  if (code === 'INVALID_PARAMS') return applicationError(code, { details: expectedOf(Number(statusCode)) });
  return applicationError(code ?? (isDatabaseGone(thrown) ? 'UNAVAILABLE' : 'INTERNAL'));
}

/** Of what HTTP itself refuses; endpoints name their own fields. */
const expectedOf = (status: number): Readonly<Record<string, string>> =>
  status === 415 ? { 'content-type': 'application/json' } : { request: 'HTTP' };

/** Postgres' connection errors and its classes 08 (connection), 53 (resources) and 57 (told to stop). */
function isDatabaseGone(thrown: unknown): boolean {
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return /^(08|53|57)/.test(code) || /^E[A-Z]+$/.test(code);
  return typeof message === 'string' && /connection|timeout/i.test(message);
}

/** Postgres quotes values in its messages, so of its errors only the code is told. */
function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'no error was thrown';
  const { code, severity } = thrown as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined
    ? `Postgres answered ${code}`
    : `${thrown.name}: ${thrown.message}`;
}
