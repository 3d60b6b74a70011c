/** What of a projection is replayed: all of it, one chat's or user's rows, or what one stream holds. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '#db/tables.js';
import type { Projection } from '#projections/define-projection.js';
import {
  chatSubject,
  idOfSubject,
  ofAccountSubjects,
  receiptSubject,
  streamOf,
  userSubject,
} from '#streams/subjects.js';
import { OperationRefused } from '../operation.js';

export interface Scope {
  readonly streams: readonly string[];
  readonly subject?: string;
  /** Ids of aggregates, page by page; absent: all rows are compared. */
  readonly ids?: () => AsyncIterable<readonly string[]>;
}

export interface ScopeQuestion {
  readonly chat?: string;
  readonly user?: string;
  readonly stream?: string;
}

/** Filters. */
const subjectOf = {
  CHAT: chatSubject,
  USER: userSubject,
  RECEIPT: receiptSubject,
  ACCOUNT: ofAccountSubjects,
};
const ids_page_max = 10_000;

export function scopeOf(
  { name, family }: Projection,
  question: ScopeQuestion,
  nats: NatsConnection,
  streamsPerFamily: number,
): Scope {
  const all = Array.from({ length: streamsPerFamily }, (_, index) => `${family}_${index}`);
  const { chat, user, stream } = question;
  const given = [chat, user, stream].filter((one) => one !== undefined);
  if (stream !== undefined) {
    if (!all.includes(stream))
      throw new OperationRefused(
        `stream: ${name} is folded from ${all[0]} to ${all.at(-1)}, not from ${stream}`,
      );
    return { streams: [stream], ids: () => idsIn(nats, stream) };
  }
  const id = family === 'CHAT' ? chat : user;
  if (id === undefined && given.length > 0)
    throw new OperationRefused(
      `${name} is folded from ${family} streams: narrow it by ${family === 'CHAT' ? '--chat' : '--user'} or --stream`,
    );
  if (id === undefined) return { streams: all };
  return {
    streams: [streamOf(family, id, streamsPerFamily)],
    subject: subjectOf[family](id),
    ids: async function* () {
      yield [id];
    },
  };
}

async function* idsIn(nats: NatsConnection, stream: string): AsyncGenerator<readonly string[]> {
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const { state } = await jsm.streams.info(stream, { subjects_filter: '>' });
  const ids = Object.keys(state.subjects ?? {})
    .filter((subject) => !/^(timeline|phone)\./.test(subject))
    .map(idOfSubject);
  for (let from = 0; from < ids.length; from += ids_page_max) yield ids.slice(from, from + ids_page_max);
}

const scopeTable = sql.table('odnix_replay_scope');

/** For the condition below; goes with the transaction. */
export async function saveScope(tx: Kysely<DB>, { ids }: Scope): Promise<void> {
  if (ids === undefined) return;
  await sql`create temporary table ${scopeTable} (id uuid primary key) on commit drop`.execute(tx);
  for await (const page of ids())
    await sql`insert into ${scopeTable} select unnest(${page}::uuid[]) on conflict do nothing`.execute(tx);
}

/** Which of a table's rows are compared; null: those of one chat or user cannot be told from the others. */
export function rowsInScope(
  columns: readonly string[],
  { ids, streams, subject }: Scope,
): RawBuilder<unknown> | null {
  if (ids === undefined) return sql`true`;
  const ofChats = ['aggregate_id', 'chat_id'];
  const candidates = streams[0]!.startsWith('CHAT_') ? ofChats : ['user_id'];
  const column = candidates.find((one) => columns.includes(one));
  if (column !== undefined) return sql`${sql.id(column)} in (select id from ${scopeTable})`;
  return columns.includes('user_stream') && subject === undefined ? sql`user_stream = ${streams[0]}` : null;
}
