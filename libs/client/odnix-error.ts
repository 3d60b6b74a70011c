import type { ErrorCode } from '#protocol/errors.js';

/** What the client itself reports, beside the server's catalogue. */
export type ClientErrorCode =
  | 'NOT_CONNECTED'
  | 'CONNECTION_LOST'
  | 'TIMED_OUT'
  | 'TOO_MANY_REQUESTS'
  | 'OUTBOX_FULL'
  | 'CANCELLED'
  | 'NOT_SENT'
  | 'STORE_FAILED'
  | 'STORE_NEWER'
  | 'SERVER_INCOMPATIBLE'
  | 'SIGNED_OUT'
  | 'CLOSED';

interface ErrorDetail {
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Every failure of the SDK. `code` is of the server's catalogue or of the client's own list; `retryable`: the same call
 * may succeed later without a change (a lost connection is, with the same idempotency key).
 */
export class OdnixError extends Error {
  override readonly name = 'OdnixError';
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode | ClientErrorCode,
    message: string,
    detail: ErrorDetail,
  ) {
    super(message);
    this.retryable = detail.retryable;
    this.retryAfterMs = detail.retryAfterMs;
    this.details = detail.details ?? {};
  }
}

export function isRetryable(error: unknown): boolean {
  return error instanceof OdnixError && error.retryable;
}

/** Anything thrown as an OdnixError; what is not one is a bug of the SDK and stays visible as its cause. */
export function asOdnixError(error: unknown): OdnixError {
  if (error instanceof OdnixError) return error;
  const wrapped = new OdnixError('INTERNAL', error instanceof Error ? error.message : String(error), {
    retryable: false,
  });
  wrapped.cause = error;
  return wrapped;
}

/** From the `error` of a JSON-RPC answer, which has `data`, or of a plain HTTP one, which is what `data` is there. */
export function errorFromWire(error: unknown): OdnixError {
  const wire = asRecord(error);
  const data = asRecord(wire['data'] ?? wire);
  const code = typeof data['code'] === 'string' ? data['code'] : 'INTERNAL';
  const retryAfterMs = data['retry_after_ms'];
  return new OdnixError(code as ErrorCode, String(wire['message'] ?? code), {
    retryable: data['retryable'] === true,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    details: asRecord(data['details']),
  });
}

function asRecord(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
