import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { patiently } from './meeting-cluster.js';
import { topology } from './topology.js';
import type { StreamSpec, TopologyOptions } from './topology.js';

export interface TopologyDrift {
  readonly stream: string;
  /** A configuration field, `metadata.<key>`, or `exists`. */
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface TopologyChanges {
  readonly created: readonly string[];
  readonly updated: readonly string[];
}

/** Nothing was changed: what stands there differs in a way that would misplace or lose data. */
export class TopologyRefused extends Error {
  override readonly name = 'TopologyRefused';
  constructor(readonly drift: readonly TopologyDrift[]) {
    super(`topology refused: ${drift.map(describeDrift).join('; ')}`);
  }
}

/** Where an id's events stand, how they are kept, who numbers them: changed by a migration only. */
const dangerousFields = new Set([
  'unknown_stream',
  'subjects',
  'retention',
  'storage',
  'max_age',
  'metadata.odnix.family',
  'metadata.odnix.index',
]);
const shown_values_max = 4;
/** A lease's time to live may change at any time: nothing is kept there. */
const harmless = new Set(['KV_LEASES.max_age']);

/**
 * Makes the servers hold the table's streams and buckets: creates the missing, updates what may be updated,
 * deletes nothing. Looks at everything before it touches anything, and throws `TopologyRefused` on a dangerous
 * difference, such as another number of streams per family. Run again, or by several processes at once, it
 * changes nothing more. `odnix.epoch` is the log's own state: it is set at creation and never overwritten. While a
 * cluster's servers are still meeting it waits for them, at most a minute; `onWait` hears why.
 */
export async function applyTopology(
  nc: NatsConnection,
  options: TopologyOptions,
  onWait: (why: string) => void = () => undefined,
): Promise<TopologyChanges> {
  const patient = patiently(onWait);
  const jsm = await patient(() => jetstreamManager(nc));
  const specs = topology(options);
  const standing = await patient(() => standingStreams(jsm));
  const drift = compare(specs, standing);
  const dangerous = drift.filter(isDangerous);
  if (drift.some(({ field }) => field === 'num_replicas') && isAlone(nc) && options.replicas > 1)
    dangerous.push({ stream: 'NATS', field: 'servers', expected: options.replicas, actual: 1 });
  if (dangerous.length > 0) throw new TopologyRefused(dangerous);

  const created: string[] = [];
  const updated: string[] = [];
  for (const spec of specs) {
    const actual = standing.get(spec.name);
    if (actual === undefined) {
      await patient(() => jsm.streams.add(spec));
      created.push(spec.name);
    } else if (drift.some(({ stream }) => stream === spec.name)) {
      const config = { ...actual, ...spec, metadata: mergedMetadata(spec, actual) };
      await patient(() => jsm.streams.update(spec.name, config));
      updated.push(spec.name);
    }
  }
  return { created, updated };
}

/** What stands on the servers other than the table says; empty when nothing does. Changes nothing. */
export async function topologyDrift(nc: NatsConnection, options: TopologyOptions): Promise<TopologyDrift[]> {
  const jsm = await jetstreamManager(nc);
  return compare(topology(options), await standingStreams(jsm));
}

/** A server without a cluster takes any number of replicas for a stream that stands, and keeps one copy all the same. */
const isAlone = (nc: NatsConnection): boolean => nc.info?.cluster === undefined;

async function standingStreams(jsm: JetStreamManager): Promise<Map<string, StreamConfig>> {
  const standing = new Map<string, StreamConfig>();
  for await (const { config } of jsm.streams.list()) standing.set(config.name, config);
  return standing;
}

function compare(specs: readonly StreamSpec[], standing: ReadonlyMap<string, StreamConfig>): TopologyDrift[] {
  const known = new Set(specs.map(({ name }) => name));
  const drift: TopologyDrift[] = [];
  for (const [name, { metadata }] of standing) {
    if (known.has(name) || metadata?.['odnix.family'] === undefined) continue;
    drift.push({
      stream: name,
      field: 'unknown_stream',
      expected: undefined,
      actual: metadata['odnix.family'],
    });
  }
  for (const spec of specs) drift.push(...compareStream(spec, standing.get(spec.name)));
  return drift;
}

function compareStream(spec: StreamSpec, actual: StreamConfig | undefined): TopologyDrift[] {
  const stream = spec.name;
  if (actual === undefined) return [{ stream, field: 'exists', expected: true, actual: false }];
  const { metadata = {}, ...fields } = spec;
  const actualFields = new Map<string, unknown>(Object.entries(actual));
  const pairs = Object.entries(fields).map(([field, expected]) => ({
    field,
    expected: expected as unknown,
    actual: actualFields.get(field) ?? (expected === false ? false : undefined),
  }));
  for (const [key, expected] of Object.entries(metadata)) {
    const value = actual.metadata?.[key];
    if (key === 'odnix.epoch' && value !== undefined) continue;
    pairs.push({ field: `metadata.${key}`, expected, actual: value });
  }
  return pairs.filter((pair) => !same(pair.expected, pair.actual)).map((pair) => ({ stream, ...pair }));
}

function same(expected: unknown, actual: unknown): boolean {
  const canonical = (value: unknown) => JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
  return canonical(expected) === canonical(actual);
}

function isDangerous({ stream, field, expected, actual }: TopologyDrift): boolean {
  if (field === 'subjects' && isOnlyMore(expected, actual)) return false;
  return dangerousFields.has(field) && !harmless.has(`${stream}.${field}`);
}

/** A newer release's streams take subjects that nothing stood on before: everything stays where it is. */
function isOnlyMore(expected: unknown, actual: unknown): boolean {
  const more = new Set(Array.isArray(expected) ? (expected as unknown[]) : []);
  return Array.isArray(actual) && actual.every((subject) => more.has(subject));
}

function mergedMetadata(spec: StreamSpec, actual: StreamConfig): Record<string, string> {
  const epoch = actual.metadata?.['odnix.epoch'];
  return { ...actual.metadata, ...spec.metadata, ...(epoch === undefined ? {} : { 'odnix.epoch': epoch }) };
}

/** One line. */
export function describeDrift({ stream, field, expected, actual }: TopologyDrift): string {
  return `${stream}.${field} is ${shown(actual)}, expected ${shown(expected)}`;
}

/** A stream may have hundreds of subjects. */
function shown(value: unknown): string {
  if (!Array.isArray(value) || value.length <= shown_values_max) return JSON.stringify(value) ?? 'absent';
  return `${value.length} values from ${JSON.stringify(value[0])} to ${JSON.stringify(value.at(-1))}`;
}
