/**
 * What an endpoint of Prometheus' text format tells, read as strictly as its specification allows: each metric said once, with its
 * HELP and TYPE before its series, no series twice, histograms whole and cumulative. Throws at the first line that is not so.
 */
import { prometheusName, type MetricName } from '#observability/catalogue/index.js';
import { metricsText } from '#observability/meter.js';

export interface Sample {
  /** As it stands there: of a histogram with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const metric_name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const comment = new RegExp(`^# (HELP|TYPE|UNIT) (${metric_name}) (.+)$`);
const sample = new RegExp(`^(${metric_name})(?:\\{(.*)\\})? (\\S+)$`);
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const number = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

export class Scraped {
  readonly metrics = new Map<string, Metric>();

  constructor(text: string) {
    if (!text.endsWith('\n')) throw new Error('the last line does not end');
    const told = new Map<string, Map<string, string>>();
    const seen = new Set<string>();
    for (const line of text.split('\n').filter((one) => one !== '')) {
      if (line.startsWith('#')) this.describe(line, told);
      else this.add(line, seen);
    }
    for (const [name, metric] of this.metrics)
      if (metric.type === 'histogram') mustBeWhole(name, metric.samples);
  }

  /** Those of a metric, by its name in the catalogue or as Prometheus shows it, that have these labels. */
  samples(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    const shown = name.includes('.') ? prometheusName(name as MetricName) : name;
    const wanted = Object.entries(labels);
    const all = this.metrics.get(shown)?.samples ?? [];
    return all.filter((one) => wanted.every(([key, value]) => one.labels[key] === value));
  }

  /** Of all those; of a histogram, how often something was recorded. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.samples(name, labels)
      .filter((one) => !/_(bucket|sum)$/.test(one.name))
      .reduce((sum, { value }) => sum + value, 0);
  }

  private describe(line: string, told: Map<string, Map<string, string>>): void {
    const [, what, name, text] = comment.exec(line) ?? fail(line, 'a comment of no known kind');
    const known = told.get(name!) ?? new Map<string, string>();
    if (known.has(what!) || this.metrics.has(name!)) fail(line, 'said twice, or after its series');
    told.set(name!, known.set(what!, text!));
    const [help, type] = [known.get('HELP'), known.get('TYPE')];
    if (type !== undefined && !['counter', 'gauge', 'histogram'].includes(type))
      fail(line, 'a type of no use');
    if (help !== undefined && type !== undefined) this.metrics.set(name!, { help, type, samples: [] });
  }

  private add(line: string, seen: Set<string>): void {
    const [, name, given = '', value] = sample.exec(line) ?? fail(line, 'no sample');
    if (!number.test(value!)) fail(line, 'no number');
    const metric =
      this.metrics.get(name!) ?? this.histogram(name!) ?? fail(line, 'without HELP and TYPE before it');
    if ([...this.metrics.values()].at(-1) !== metric) fail(line, 'apart from the others of its metric');
    const labels = labelsOf(line, given);
    const key = `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`;
    if (seen.has(key)) fail(line, 'a series said twice');
    seen.add(key);
    metric.samples.push({ name: name!, labels, value: numberOf(value!) });
  }

  private histogram(name: string): Metric | undefined {
    const metric = this.metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
    return metric?.type === 'histogram' ? metric : undefined;
  }
}

/** This process's own. */
export const scrapedHere = async (): Promise<Scraped> => new Scraped(await metricsText());

function labelsOf(line: string, given: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = given; rest !== '';) {
    const [all, name, value] = label.exec(rest) ?? fail(line, 'labels that are none');
    if (Object.hasOwn(labels, name!)) fail(line, 'a label twice');
    labels[name!] = value!;
    rest = rest.slice(all.length);
  }
  return labels;
}

function mustBeWhole(name: string, samples: readonly Sample[]): void {
  const series = Map.groupBy(samples, ({ labels }) => JSON.stringify({ ...labels, le: undefined }));
  for (const [key, own] of series) {
    const buckets = own.filter((one) => one.name === `${name}_bucket`);
    const count = own.find((one) => one.name === `${name}_count`)?.value;
    const rises = buckets.every((one, at) => at === 0 || one.value >= buckets[at - 1]!.value);
    const isWhole = buckets.at(-1)?.labels['le'] === '+Inf' && buckets.at(-1)?.value === count;
    if (!rises || !isWhole || !own.some((one) => one.name === `${name}_sum`))
      throw new Error(`${name} ${key}: no whole histogram`);
  }
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));

function fail(line: string, why: string): never {
  throw new Error(`${why}: ${line}`);
}
