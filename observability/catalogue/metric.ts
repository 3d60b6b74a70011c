/** What a metric is. The unit stands at the end of its name, as Prometheus wants it; a counter's `_total` is the exporter's. */

/** Every value there may be; or, of names that stand elsewhere (methods, error codes, streams), what they are. */
type LabelValues = readonly string[] | string;

export interface MetricEntry {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Empty: things, counted. */
  readonly unit: '' | 'seconds' | 'bytes' | 'ratio';
  /** One sentence for `# HELP`. */
  readonly does: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Where it is told; in the single process all of them are one. */
  readonly apps: readonly App[];
  /** Page in docs/runbooks that tells what to do about it. */
  readonly runbook?: string;
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

export const apps = [
  'gateway',
  'api',
  'command-handler',
  'timeline',
  'projector',
  'query-handler',
  'admin',
] as const;
export type App = (typeof apps)[number];

/** From half a millisecond to ten seconds: a request, a write, a query. */
export const request_buckets_s = [
  0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
] as const;
/** From a millisecond to ten minutes: how long something took from one end to the other. */
export const journey_buckets_s = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 600,
] as const;

/** Same for counters, gauges and histograms: the entry as it is written, for the types of its labels. */
export const entries = <const Entries extends Record<string, MetricEntry>>(all: Entries): Entries => all;
