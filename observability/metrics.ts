/**
 * How things are counted and measured: by name and labels of the catalogue alone, each series made once and kept by whoever counts.
 * So a message costs an addition to a number a counter; OpenTelemetry's own counters make and hash attributes each time.
 */
import type { Attributes, ObservableResult } from '@opentelemetry/api';
import { catalogue, type LabelsOf, type MetricName, type NameOf } from './catalogue/index.js';
import type { MetricEntry } from './catalogue/metric.js';
import { meter } from './meter.js';

type Values<Name extends MetricName> = LabelsOf<Name>;

/** A number that is read at each scrape. */
class Series {
  value = 0;

  constructor(readonly attributes: Attributes) {}

  add(amount = 1): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}

export type Counter = Pick<Series, 'add'>;
export type Gauge = Pick<Series, 'add' | 'set'>;
export interface Histogram {
  /** In the metric's unit. */
  record(value: number): void;
}

/** What tells a metric at a scrape, beside the series that are kept. */
type Told = Iterable<readonly [labels: Attributes, value: number]>;
type Source = () => Told | Promise<Told>;

/** As far as some labels' values lead. */
class Branch<One> {
  one: One | undefined;
  readonly next = new Map<unknown, Branch<One>>();
}

/** Series of one metric, found by the values of its labels, in the catalogue's order, without anything being made for it. */
class SeriesByLabels<One> {
  private readonly root = new Branch<One>();
  private readonly made: One[] = [];
  private readonly names: readonly string[];

  constructor(
    labels: MetricEntry['labels'],
    private readonly make: (attributes: Attributes) => One,
  ) {
    this.names = Object.keys(labels);
  }

  of(labels: Attributes): One {
    let at = this.root;
    for (const name of this.names) {
      const value = labels[name];
      let next = at.next.get(value);
      if (next === undefined) at.next.set(value, (next = new Branch()));
      at = next;
    }
    return (at.one ??= this.add(labels));
  }

  all(): Iterable<One> {
    return this.made;
  }

  private add(labels: Attributes): One {
    const one = this.make({ ...labels });
    this.made.push(one);
    return one;
  }
}

/** A counter or gauge of the catalogue: its series, and who else tells of it. */
class Family {
  readonly kept: SeriesByLabels<Series>;
  readonly sources = new Set<Source>();

  constructor(
    name: MetricName,
    private readonly entry: MetricEntry,
  ) {
    const { kind, unit, does, labels } = entry;
    this.kept = newSeries(labels);
    const options = { description: does, unit };
    const instrument =
      kind === 'counter'
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options);
    instrument.addCallback((result) => this.tell(result));
  }

  /** Several sources may tell of the same series, such as pools of one purpose: their sum is told. One that fails tells nothing. */
  private async tell(result: ObservableResult): Promise<void> {
    const told = newSeries(this.entry.labels);
    for (const { attributes, value } of this.kept.all()) told.of(attributes).add(value);
    const asked = await Promise.allSettled([...this.sources].map(async (source) => source()));
    for (const answer of asked)
      if (answer.status === 'fulfilled')
        for (const [labels, value] of answer.value) told.of(labels).add(value);
    for (const { attributes, value } of told.all()) result.observe(value, attributes);
  }
}

const newSeries = (labels: MetricEntry['labels']) =>
  new SeriesByLabels(labels, (attributes) => new Series(attributes));

const families = new Map<MetricName, Family>();
const histograms = new Map<MetricName, SeriesByLabels<Histogram>>();

for (const [name, entry] of Object.entries(catalogue) as [MetricName, MetricEntry][]) {
  if (entry.kind === 'histogram') histograms.set(name, histogramsOf(name, entry));
  else families.set(name, new Family(name, entry));
}

/** The library is given the same attributes each time. */
function histogramsOf(
  name: MetricName,
  { unit, does, labels, buckets = [] }: MetricEntry,
): SeriesByLabels<Histogram> {
  const advice = { explicitBucketBoundaries: [...buckets] };
  const instrument = meter.createHistogram(name, { description: does, unit, advice });
  return new SeriesByLabels(labels, (attributes) => ({
    record: (value) => instrument.record(value, attributes),
  }));
}

export const counter = <Name extends NameOf<'counter'>>(name: Name, labels: Values<Name>): Counter =>
  families.get(name)!.kept.of(labels as Attributes);

export const gauge = <Name extends NameOf<'gauge'>>(name: Name, labels: Values<Name>): Gauge =>
  families.get(name)!.kept.of(labels as Attributes);

export const histogram = <Name extends NameOf<'histogram'>>(name: Name, labels: Values<Name>): Histogram =>
  histograms.get(name)!.of(labels as Attributes);

/** Counters of this app whose labels are known begin at 0, so that their first event is seen as a rise. `odnix`: of all apps. */
export function beginAtZero(app: string): void {
  for (const [name, { kind, apps, labels }] of Object.entries(catalogue) as [MetricName, MetricEntry][]) {
    const isOurs = app === 'odnix' || apps.some((one) => one === app);
    if (kind !== 'counter' || !isOurs) continue;
    for (const one of combinations(Object.entries(labels))) families.get(name)!.kept.of(one);
  }
}

/** None, where a label may have any value. */
function combinations([first, ...others]: readonly (readonly [
  string,
  readonly string[] | string,
])[]): Attributes[] {
  if (first === undefined) return [{}];
  const [label, values] = first;
  if (typeof values === 'string') return [];
  return combinations(others).flatMap((rest) => values.map((value) => ({ [label]: value, ...rest })));
}

/** Asked at each scrape; returns what ends it. */
export function observe<Name extends NameOf<'counter' | 'gauge'>>(
  name: Name,
  source: () => Observed<Name> | Promise<Observed<Name>>,
): () => void {
  const { sources } = families.get(name)!;
  sources.add(source as Source);
  return () => void sources.delete(source as Source);
}

export type Observed<Name extends MetricName> = Iterable<readonly [labels: Values<Name>, value: number]>;
