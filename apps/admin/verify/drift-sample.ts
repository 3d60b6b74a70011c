/** One chat or one person, all that the read models say of them, compared with all that the streams say. */
import { randomInt, randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type pg from 'pg';
import {
  accountSubject,
  chatSubject,
  contactsSubject,
  idOfSubject,
  receiptSubject,
  streamOf,
  userSubject,
} from '#streams/subjects.js';
import { compareTable, type Compared } from './compare-table.js';
import { findDamage, type FoundDamage } from './damage.js';
import { loadStretch } from './load-stretch.js';
import { messageFrom } from './read-messages.js';
import { analyzeScratch, scratchTables } from './scratch-tables.js';
import { checkpointsOf, chooseTargets, noteCheckpoints } from './targets.js';

const sample_messages_max = 50_000;
const scratch = 'pg_temp';

export interface SampleContext {
  readonly nats: NatsConnection;
  readonly client: pg.ClientBase;
  readonly streamsPerFamily: number;
  readonly signal: AbortSignal;
  /** `sample_messages_max` unless given. */
  readonly messagesMax?: number;
}

export interface Aggregate {
  readonly kind: 'chat' | 'user';
  readonly id: string;
}

export interface Sample {
  readonly aggregate: Aggregate;
  readonly tables: readonly Compared[];
  readonly damage: FoundDamage;
}

type Family = 'CHAT' | 'RECEIPT' | 'ACCOUNT' | 'USER';

const subjectsOf = {
  chat: [['CHAT', chatSubject]],
  user: [
    ['USER', userSubject],
    ['ACCOUNT', accountSubject],
    ['ACCOUNT', contactsSubject],
    ['RECEIPT', receiptSubject],
  ],
} as const satisfies Record<Aggregate['kind'], readonly (readonly [Family, (id: string) => string])[]>;

/** By chance; from the tables or, so that what is missing there is found too, from the streams. Null: there is none. */
export async function pickAggregate(
  context: SampleContext,
  kind: Aggregate['kind'],
): Promise<Aggregate | null> {
  const id = randomInt(2) === 0 ? await idInTables(context, kind) : await idInStreams(context, kind);
  return id === null ? null : { kind, id };
}

async function idInTables({ client }: SampleContext, kind: Aggregate['kind']): Promise<string | null> {
  const projections = [kind === 'chat' ? 'chats' : 'user_log'];
  const [target] = await chooseTargets(client, { projections });
  const [table, column] = kind === 'chat' ? ['chats', 'chat_id'] : ['user_heads', 'user_id'];
  const { rows } = await client.query<{ id: string }>(
    `select ${column} as id from "${target!.schema}".${table} where ${column} >= $1 order by 1 limit 1`,
    [randomUUID()],
  );
  return rows[0]?.id ?? null;
}

async function idInStreams(
  { nats, streamsPerFamily }: SampleContext,
  kind: Aggregate['kind'],
): Promise<string | null> {
  const stream = `${kind === 'chat' ? 'CHAT' : 'USER'}_${randomInt(streamsPerFamily)}`;
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const { state } = await jsm.streams.info(stream);
  if (state.last_seq === 0) return null;
  const place = await messageFrom(nats, stream, 1 + randomInt(state.last_seq), `${kind}.>`);
  return place === null ? null : idOfSubject(place.subject);
}

/** Null: it has more messages than a sample may. Nothing is left behind in the database. */
export async function sampleAggregate(context: SampleContext, aggregate: Aggregate): Promise<Sample | null> {
  const { client } = context;
  await client.query('begin isolation level repeatable read');
  try {
    await client.query(scratchTables(scratch, 'temporary'));
    return await sampleWithin(context, aggregate);
  } finally {
    await client.query('rollback');
  }
}

async function sampleWithin(context: SampleContext, aggregate: Aggregate): Promise<Sample | null> {
  const { client } = context;
  const { kind, id } = aggregate;
  const targets = (await chooseTargets(client, { projections: [] })).filter(({ fold }) =>
    subjectsOf[kind].some(([family]) => family === fold.family),
  );
  const needed = new Map<string, number>();
  for (const target of targets) {
    const checkpoints = await checkpointsOf(client, target);
    await noteCheckpoints(client, scratch, target, checkpoints);
    for (const [stream, to] of checkpoints) needed.set(stream, Math.max(to, needed.get(stream) ?? 0));
  }
  if (!(await loadAggregate(context, aggregate, needed))) return null;
  await client.query(analyzeScratch(scratch));
  const damage = await findDamage(client, scratch, 'aggregates');
  const tables: Compared[] = [];
  for (const { schema, fold } of targets) {
    for (const table of fold.tables) {
      const column = [`${kind}_id`, 'aggregate_id'].find((name) =>
        table.key.some((one) => one.name === name && (kind === 'chat' || name === 'user_id')),
      );
      if (column === undefined) continue;
      const only = { where: `t.${column} = $1`, id };
      tables.push(await compareTable({ client, scratch, schema, only }, table));
    }
  }
  return { aggregate, tables, damage };
}

/** False: there are too many of its messages. */
async function loadAggregate(
  { nats, client, streamsPerFamily, signal, messagesMax = sample_messages_max }: SampleContext,
  { kind, id }: Aggregate,
  upTo: ReadonlyMap<string, number>,
): Promise<boolean> {
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  for (const [family, subjectOf] of subjectsOf[kind]) {
    const [stream, subject] = [streamOf(family, id, streamsPerFamily), subjectOf(id)];
    const { state } = await jsm.streams.info(stream, { subjects_filter: subject });
    if ((state.subjects?.[subject] ?? 0) > messagesMax) return false;
    const stretch = { stream, subject, from: 1, to: upTo.get(stream) ?? 0, signal };
    await loadStretch({ nats, client, schema: scratch }, stretch);
  }
  return true;
}
