/** The one catalogue of how operations fail: the same codes on the command line and over HTTP. Codes are API, texts are not. */
import { errorCatalogue, type ErrorEntry } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { OperationRefused } from './operation.js';
import { WrongParameter } from './parameters.js';

const {
  PARSE_ERROR,
  PAYLOAD_TOO_LARGE,
  FORBIDDEN,
  NOT_FOUND,
  INVALID_PARAMS,
  RATE_LIMITED,
  UNAVAILABLE,
  INTERNAL,
} = errorCatalogue;

export const adminErrors = {
  PARSE_ERROR,
  PAYLOAD_TOO_LARGE,
  UNAUTHENTICATED: {
    retryable: false,
    http: 401,
    message: 'The token is missing, wrong, expired or revoked: npm run admin -- tokens create makes one.',
  },
  FORBIDDEN,
  NOT_FOUND,
  INVALID_PARAMS,
  OPERATION_REFUSED: { retryable: false, http: 409, message: 'This cannot be done as things are.' },
  CANCELLED: { retryable: true, http: 499, message: 'It was broken off; it can be asked for again.' },
  RATE_LIMITED,
  BUSY: {
    retryable: true,
    http: 503,
    message: 'As much as may be under way at once is under way; ask again later.',
  },
  UNAVAILABLE,
  INTERNAL,
} as const satisfies Record<string, ErrorEntry>;

export type AdminErrorCode = keyof typeof adminErrors;

export interface Failure {
  readonly code: AdminErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly field?: string;
  readonly expected?: string;
  readonly retry_after_ms?: number;
}

export class AdminError extends Error {
  override readonly name = 'AdminError';
  constructor(
    readonly code: AdminErrorCode,
    message: string = adminErrors[code].message,
    readonly retry_after_ms?: number,
  ) {
    super(message);
  }
}

const failure = (code: AdminErrorCode, message: string = adminErrors[code].message): Failure => ({
  code,
  message,
  retryable: adminErrors[code].retryable,
});

export function failureOf(thrown: unknown, signal?: AbortSignal): Failure {
  if (thrown instanceof AdminError) {
    const { code, message, retry_after_ms } = thrown;
    return { ...failure(code, message), ...(retry_after_ms === undefined ? {} : { retry_after_ms }) };
  }
  if (thrown instanceof WrongParameter) {
    const { field, expected, message } = thrown;
    return { ...failure('INVALID_PARAMS', message), field, expected };
  }
  if (thrown instanceof OperationRefused) return failure('OPERATION_REFUSED', thrown.message);
  if (signal?.aborted) return failure('CANCELLED');
  if (thrown instanceof StoreUnavailable || isConnectionLost(thrown))
    return failure('UNAVAILABLE', 'NATS or PostgreSQL does not answer just now.');
  if (thrown instanceof Refusal) return failure('INTERNAL');
  return failure('INTERNAL', describe(thrown));
}

const nats_errors = [
  'ConnectionError',
  'TimeoutError',
  'RequestError',
  'NoResponders',
  'ClosedConnectionError',
];

/** Connections refused or lost; Postgres' classes 08 (connection), 53 (resources) and 57 (told to stop). */
export function isConnectionLost(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code } = thrown as { code?: unknown };
  return nats_errors.includes(thrown.name) || (typeof code === 'string' && /^(08|53|57|E[A-Z]+$)/.test(code));
}

/** Postgres quotes values in its messages, so of its errors only the code is told. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return adminErrors.INTERNAL.message;
  const { code, severity } = thrown as { code?: unknown; severity?: unknown };
  if (typeof code !== 'string' || severity === undefined) return thrown.message;
  return code === '42P01' || code === '3F000'
    ? 'A table is missing in PostgreSQL: npm run admin -- setup makes it.'
    : `PostgreSQL answered ${code}.`;
}
