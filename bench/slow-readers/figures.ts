import type { Durations } from '../support/percentiles.js';
import type { Usage } from '../support/usage.js';

/** Everybody who reads is sent a small update in each period, in as many parts of it. */
export const period_ms = 1_000;
export const ticks_per_period = 20;

export interface Phase {
  readonly latency: Durations;
  readonly usage: Usage;
}

export interface SlowReadersFigures {
  readonly devices: number;
  readonly floor: Phase;
  readonly alone: Phase;
  readonly beside: Phase;
  readonly filling: Usage;
  /** Of those who slept: all of the log in the end, or sent away, by close code. */
  readonly afterwards: { readonly complete: number; readonly closed: Readonly<Record<string, number>> };
}
