/**
 * What a dashboard is, before it is Grafana's JSON (grafana.ts): rows of panels, each with what it shows, in which unit, from
 * when on it is bad, and what it means for people.
 */
import { prometheusName, type MetricName } from '#observability/catalogue/index.js';

export interface Dashboard {
  /** In URLs; the file's name. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  /** `timeseries`: lines over time. `stat`: the value now. `bars`: the values now, side by side. */
  readonly kind: 'timeseries' | 'stat' | 'bars';
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** From the value on it is of that colour; below the lowest, green. Of lines it is drawn as a line. */
  readonly thresholds?: readonly Threshold[];
  /** Beside the lines instead of below them: where there are many. */
  readonly legend?: 'right';
  /** Lines add up. */
  readonly stacked?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Words for values. */
  readonly words?: Readonly<Record<string, string>>;
}

/** As Grafana calls them: seconds, bytes, a part of one, a second, a number. */
export type Unit = 's' | 'bytes' | 'Bps' | 'percentunit' | 'ops' | 'reqps' | 'short';

export interface Threshold {
  readonly from: number;
  readonly colour: 'green' | 'yellow' | 'orange' | 'red';
}

export interface Query {
  readonly expr: string;
  /** `{{label}}` stands for a label's value. */
  readonly legend: string;
}

/** Everywhere but where a whole installation is meant: what was chosen at the top of the page. */
export const chosen = 'job=~"$app",instance=~"$instance"';

/** A metric by its name in the catalogue, of the chosen processes; `matchers` as PromQL has them. */
export const of = (name: MetricName, matchers = ''): string => series(prometheusName(name), matchers);

/** Of a histogram: how many, and their sum. */
export const countOf = (name: MetricName, matchers = ''): string =>
  series(`${prometheusName(name)}_count`, matchers);

const series = (name: string, matchers: string): string =>
  `${name}{${[chosen, matchers].filter((part) => part !== '').join(',')}}`;

/** A second, over the interval that Grafana chooses for the zoom. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;

export const sum = (expr: string, ...by: string[]): string =>
  by.length === 0 ? `sum(${expr})` : `sum by (${by.join(', ')}) (${expr})`;

/** 0 when there is no such series, as of what never happened. */
export const orZero = (expr: string): string => `${expr} or vector(0)`;

/** The same with series that have a label: one named `none` while there are no others. */
export const orNone = (expr: string, label: string): string =>
  `${expr} or on() label_replace(vector(0), "${label}", "none", "", "")`;

/** Of a histogram: the value that so large a part of the observations stays below. */
export function quantile(part: number, name: MetricName, matchers = '', ...by: string[]): string {
  const buckets = series(`${prometheusName(name)}_bucket`, matchers);
  return `histogram_quantile(${part}, ${sum(rate(buckets), 'le', ...by)})`;
}

/** Half of them, and all but one of a hundred. */
export const p50AndP99 = (name: MetricName, matchers = '', what = ''): Query[] =>
  ([0.5, 0.99] as const).map((part) => ({
    expr: quantile(part, name, matchers),
    legend: `${what}p${part * 100}`,
  }));

export const stat = (panel: Omit<Panel, 'kind'>): Panel => ({ kind: 'stat', ...panel });
export const lines = (panel: Omit<Panel, 'kind'>): Panel => ({ kind: 'timeseries', ...panel });
export const bars = (panel: Omit<Panel, 'kind'>): Panel => ({ kind: 'bars', ...panel });
