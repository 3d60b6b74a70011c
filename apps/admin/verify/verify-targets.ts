/**
 * Folds the streams anew, by SQL over copies of their messages, and compares (docs/adr/0022). Most is copied before; then
 * one repeatable-read transaction sees the tables and how far they have folded, has the rest copied up to there, and
 * compares within: so it is exact while people write.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import type pg from 'pg';
import type { AdminContext } from '../operation.js';
import { compareTable, type Compared } from './compare-table.js';
import { folds } from './folds.js';
import { findDamage, type Damage, type FoundDamage } from './damage.js';
import { loadStretch } from './load-stretch.js';
import { Scratch } from './scratch.js';
import { analyzeScratch } from './scratch-tables.js';
import type { ProjectionFold } from './table-fold.js';
import { checkpointsOf, chooseTargets, noteCheckpoints, type Target } from './targets.js';

const streams_at_once_max = 3;

export interface Verified {
  readonly messages: number;
  readonly tables: readonly Compared[];
  readonly damage: FoundDamage;
}

export type VerifyContext = Pick<AdminContext, 'nats' | 'databaseUrl' | 'signal' | 'progress'>;

export interface VerifyChoice {
  /** Names; all of them when empty. */
  readonly projections: readonly string[];
  /** A schema to be compared instead of the live one of the one projection named. */
  readonly build?: string | undefined;
}

/** `known`: the folds to compare by. */
export async function verifyTargets(
  context: VerifyContext,
  choice: VerifyChoice,
  known: readonly ProjectionFold[] = folds,
): Promise<Verified> {
  const scratch = await Scratch.open(context.databaseUrl);
  const stop = (): void => void scratch.interrupt();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    context.signal.throwIfAborted();
    return await verifyIn(context, scratch, choice, known);
  } finally {
    context.signal.removeEventListener('abort', stop);
    await scratch.drop();
  }
}

async function verifyIn(
  context: VerifyContext,
  scratch: Scratch,
  choice: VerifyChoice,
  known: readonly ProjectionFold[],
): Promise<Verified> {
  const client = await scratch.connect();
  const targets = await chooseTargets(client, choice, known);
  const loaded = await loadAll(context, scratch, targets);
  await client.query(analyzeScratch(scratch.schema));
  await client.query('begin isolation level repeatable read');
  const behind = await loadUpToCheckpoints(context, scratch, client, targets, loaded);
  const found = await findDamage(client, scratch.schema, 'streams');
  const damage = { count: found.count + behind.length, first: [...behind, ...found.first] };
  return { messages: loaded.messages, tables: await compareAll(context, scratch, client, targets), damage };
}

interface Loaded {
  /** By stream: the last sequence that was looked at. */
  readonly upTo: Map<string, number>;
  /** By stream: where it ended. */
  readonly ends: Map<string, number>;
  messages: number;
}

/** Every stream of the families that are asked for, up to now; some at once. */
async function loadAll(
  context: VerifyContext,
  scratch: Scratch,
  targets: readonly Target[],
): Promise<Loaded> {
  const { nats, signal } = context;
  const ends = await streamEnds(context, targets);
  const loaded: Loaded = { upTo: new Map(), ends, messages: 0 };
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0);
  const told = new Map<string, number>();
  const tell = (stream: string, sequence: number): void => {
    told.set(stream, sequence);
    const done = [...told.values()].reduce((sum, one) => sum + one, 0);
    context.progress({ what: 'reading the streams', done, total, unit: 'messages' });
  };
  const waiting = [...ends];
  const worker = async (): Promise<void> => {
    const client = await scratch.connect();
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [stream, to] = next;
      const onCopied = (sequence: number): void => tell(stream, sequence);
      const loading = { nats, client, schema: scratch.schema, onCopied };
      // Awaited first: others add to it meanwhile.
      const count = await loadStretch(loading, { stream, from: 1, to, signal });
      loaded.messages += count;
      loaded.upTo.set(stream, to);
    }
  };
  await Promise.all(Array.from({ length: Math.min(streams_at_once_max, waiting.length) }, worker));
  return loaded;
}

async function streamEnds({ nats }: VerifyContext, targets: readonly Target[]): Promise<Map<string, number>> {
  const families = new Set<string>(targets.map(({ fold }) => fold.family));
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const ends: [string, number][] = [];
  for await (const { config, state } of jsm.streams.list()) {
    if (families.has(config.metadata?.['odnix.family'] ?? '')) ends.push([config.name, state.last_seq]);
  }
  return new Map(ends.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** The first statement here is what the transaction sees from then on. */
async function loadUpToCheckpoints(
  context: VerifyContext,
  scratch: Scratch,
  client: pg.ClientBase,
  targets: readonly Target[],
  loaded: Loaded,
): Promise<readonly Damage[]> {
  const needed = new Map<string, number>();
  for (const target of targets) {
    const checkpoints = await checkpointsOf(client, target);
    await noteCheckpoints(client, scratch.schema, target, checkpoints);
    for (const [stream, sequence] of checkpoints)
      needed.set(stream, Math.max(sequence, needed.get(stream) ?? 0));
  }
  const damage: Damage[] = [];
  const now = await streamEnds(context, targets);
  for (const [stream, sequence] of needed) {
    const end = now.get(stream) ?? 0;
    if (end < sequence) {
      const what = `ends here, before ${sequence}, which was folded: what was acknowledged is lost`;
      damage.push({ stream, sequence: end, what });
    }
    const { nats, signal } = context;
    const from = (loaded.upTo.get(stream) ?? 0) + 1;
    const stretch = { stream, from, to: Math.min(sequence, end), signal };
    loaded.messages += await loadStretch({ nats, client, schema: scratch.schema }, stretch);
  }
  return damage;
}

async function compareAll(
  context: VerifyContext,
  scratch: Scratch,
  client: pg.ClientBase,
  targets: readonly Target[],
): Promise<readonly Compared[]> {
  const all = targets.flatMap(({ schema, fold }) => fold.tables.map((table) => ({ schema, table })));
  const compared: Compared[] = [];
  for (const { schema, table } of all) {
    context.signal.throwIfAborted();
    const progress = { what: 'comparing', done: compared.length, total: all.length, unit: 'tables' };
    context.progress(progress);
    compared.push(await compareTable({ client, scratch: scratch.schema, schema }, table));
  }
  return compared;
}
