/** What became of requests, as their clients see it. */
import { counter, histogram } from '#observability/metrics.js';
import { isMethodName } from '#protocol/methods.js';

/** What is no fault of who asked, nor a rule. */
const failures: ReadonlySet<string> = new Set([
  'INTERNAL',
  'UNAVAILABLE',
  'NOT_CAUGHT_UP',
  'BUSY',
  'CONFLICT',
]);

export type RequestOutcome = 'ok' | 'refused' | 'failed';

export const outcomeOf = (errorCode: string | undefined): RequestOutcome =>
  errorCode === undefined ? 'ok' : failures.has(errorCode) ? 'failed' : 'refused';

/** Names that are none are strangers' to choose: all of them are one. */
const methodLabel = (name: string): string => (isMethodName(name) ? name : 'unknown');

export function measureRequest(name: string, begunMs: number, errorCode: string | undefined): void {
  const method = methodLabel(name);
  const seconds = (performance.now() - begunMs) / 1_000;
  histogram('odnix.request.duration.seconds', { method, outcome: outcomeOf(errorCode) }).record(seconds);
  if (errorCode !== undefined) counter('odnix.request.refusals', { method, code: errorCode }).add();
}
