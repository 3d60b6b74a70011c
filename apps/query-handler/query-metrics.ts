/** How long queries take, and what becomes of them. */
import { counter, histogram } from '#observability/metrics.js';

const failures: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE', 'BUSY', 'NOT_CAUGHT_UP']);

export function measureQuery(method: string, begunMs: number, code: string | undefined): void {
  const outcome = code === undefined ? 'ok' : failures.has(code) ? 'failed' : 'refused';
  const seconds = (performance.now() - begunMs) / 1_000;
  histogram('odnix.query.duration.seconds', { method, outcome }).record(seconds);
}

export const waits = {
  covered: counter('odnix.query.waits', { outcome: 'covered' }),
  not_caught_up: counter('odnix.query.waits', { outcome: 'not_caught_up' }),
} as const;
export const overloads = counter('odnix.query.overloads', {});
