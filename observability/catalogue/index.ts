/** Every metric there is: `docs/metrics.md` is made from it, and nothing else can be told. Dashboards and alarms stand on these names. */
import { commandMetrics } from './commands.js';
import { edgeMetrics } from './edge.js';
import { installationMetrics } from './installation.js';
import type { MetricEntry } from './metric.js';
import { readerMetrics } from './readers.js';
import { serverMetrics } from './servers.js';
import { sessionMetrics } from './sessions.js';

export const catalogue = {
  ...sessionMetrics,
  ...edgeMetrics,
  ...commandMetrics,
  ...readerMetrics,
  ...installationMetrics,
  ...serverMetrics,
} satisfies Record<string, MetricEntry>;

type Catalogue = typeof catalogue;
export type MetricName = keyof Catalogue;

export type NameOf<Kind extends MetricEntry['kind']> = {
  [Name in MetricName]: Catalogue[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** Of a closed list one of its values, else whatever name. */
export type LabelsOf<Name extends MetricName> = {
  readonly [
    Label in keyof Catalogue[Name]['labels']
  ]: Catalogue[Name]['labels'][Label] extends readonly (infer Value)[] ? Value : string;
};

/** As Prometheus shows it. */
export const prometheusName = (name: MetricName): string =>
  `${name.replaceAll('.', '_')}${catalogue[name].kind === 'counter' ? '_total' : ''}`;
