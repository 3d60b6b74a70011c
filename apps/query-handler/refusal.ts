import { UnknownVersion } from '#db/known-versions.js';
import { applicationError, type ApplicationError } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';

const unavailable_retry_ms = 1_000;
/** SQLSTATE classes that tell of the data or of the statement: ours to mend, not the server's absence. */
const own_classes = ['22', '23', '42'];

/** The refusal that any error comes to, and whether it is a fault of ours that must be logged. */
export function refusalOf(error: unknown): { error: ApplicationError; isFault: boolean } {
  if (error instanceof Refusal) return { error: error.error, isFault: false };
  if (error instanceof UnknownVersion) return { error: unavailable(), isFault: false };
  if (isFault(error)) return { error: applicationError('INTERNAL'), isFault: true };
  return { error: unavailable(), isFault: false };
}

const unavailable = (): ApplicationError =>
  applicationError('UNAVAILABLE', { retry_after_ms: unavailable_retry_ms });

function isFault(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return own_classes.includes(state.slice(0, 2));
  // What the driver throws when the server does not answer has no class of its own; programming errors have.
  return !(error instanceof Error) || error.name !== 'Error';
}

/** For logs: Postgres quotes values in its messages, so of its errors only the code is told. */
export function describe(error: unknown): string {
  const state = sqlState(error);
  if (state !== undefined) return `Postgres answered ${state}`;
  return error instanceof Error ? (error.stack ?? error.name) : 'unknown error';
}

/** Undefined when it is not Postgres that answered. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
