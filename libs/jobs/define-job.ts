/** What a kind of job is: its payload, how often it is tried, and what it does. */
import { assert } from '#domain/kernel/assert.js';
import { isJobName } from '#streams/subjects.js';

export interface JobAttempt<Payload> {
  readonly payload: Payload;
  /** For the effect: whatever it reaches out to should take one key once, since an effect may be repeated. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** W3C, of whoever enqueued it. */
  readonly traceparent: string;
  /** Aborted when the runner stops: what is not finished then is done again. */
  readonly signal: AbortSignal;
}

export interface BackOff {
  readonly first_ms: number;
  readonly ms_max: number;
}

export interface Job<Payload extends object = object> {
  readonly kind: string;
  /** A class with class-validator's decorators. Never carries a message's text, a code or a key: it stands in a stream. */
  readonly payload: new () => Payload;
  readonly attempts_max: number;
  readonly backOff: BackOff;
  /** At once, in each process. */
  readonly concurrency_max: number;
  /** Done when it resolves. What it throws is tried again, but for `JobRefused`. */
  readonly run: (attempt: JobAttempt<Payload>) => Promise<void>;
}

/** One of whatever payload, as a runner holds it: each checks its own. */
export interface AnyJob extends Omit<Job, 'run'> {
  readonly run: (attempt: JobAttempt<never>) => Promise<void>;
}

/** No further attempt would do better: to the dead letters at once. `code` is told to operators. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
  constructor(readonly code: string) {
    super(code);
  }
}

const concurrency_default = 4;

export function defineJob<Payload extends object>(
  job: Omit<Job<Payload>, 'concurrency_max'> & Partial<Pick<Job<Payload>, 'concurrency_max'>>,
): Job<Payload> {
  assert(isJobName(job.kind), 'a kind of job is a name of letters, digits, dashes and underscores');
  assert(
    job.attempts_max >= 1 && job.backOff.first_ms >= 1,
    'a job is tried at least once, and waits between',
  );
  return { concurrency_max: concurrency_default, ...job };
}

/** Exponential with jitter over the upper half: apart from one another, and never at once. `random` is from 0 to 1. */
export function backOffMs({ first_ms, ms_max }: BackOff, attempt: number, random: number): number {
  const ceiling = Math.min(ms_max, first_ms * 2 ** Math.min(attempt - 1, 30));
  return Math.ceil(ceiling * (0.5 + random / 2));
}
