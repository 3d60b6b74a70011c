/** The rows that a batch of a USER stream touches. */
import type { Kysely, Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { DB } from '#db/tables.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import type { ProjectedRecord } from '../define-projection.js';
import { RowSet } from '../row-set.js';

/** What stands in a USER stream: one user's entry, or how far the stream's writer has read its sources. */
export type UserStreamEvent =
  | { readonly type: 'EntryAppended'; readonly entry: UserLogEntry }
  | { readonly type: 'PositionSaved'; readonly positions: Readonly<Record<string, number>> };

export type UserLogSchema = 'user_log_v1';
export type UserLogTables = InSchema<UserLogSchema>;
type EntryRow = Selectable<UserLogTables['user_log']>;
type HeadRow = Selectable<UserLogTables['user_heads']>;
export type UserChatRow = Selectable<UserLogTables['user_chats']>;
type PositionRow = Selectable<UserLogTables['timeline_positions']>;

export interface UserLogRows {
  readonly log: RowSet<EntryRow, 'user_id' | 'pts'>;
  readonly heads: RowSet<HeadRow, 'user_id'>;
  readonly chats: RowSet<UserChatRow, 'user_id' | 'chat_id'>;
  readonly positions: RowSet<PositionRow, 'user_stream' | 'source_stream'>;
}

export async function loadUserLogRows(
  tx: Kysely<DB>,
  schema: string,
  records: readonly ProjectedRecord<UserStreamEvent>[],
): Promise<UserLogRows> {
  const events = records.flatMap((record) => record.events.map((event) => ({ ...record, event })));
  const users = events.flatMap(({ aggregate_id, event }) =>
    event.type === 'EntryAppended' ? [{ user_id: aggregate_id, entry: event.entry }] : [],
  );
  const chats = users.flatMap(({ user_id, entry: { chat_id } }) =>
    chat_id === undefined ? [] : [{ user_id, chat_id }],
  );
  const positions = events.flatMap(({ stream, event }) => {
    const sources =
      event.type === 'EntryAppended' ? [event.entry.source.stream] : Object.keys(event.positions);
    return sources.map((source_stream) => ({ user_stream: stream, source_stream }));
  });
  const sets = emptySets(schema);
  return {
    log: sets.log,
    heads: await sets.heads.load(tx, users),
    chats: await sets.chats.load(tx, chats),
    positions: await sets.positions.load(tx, positions),
  };
}

export async function saveUserLogRows(tx: Kysely<DB>, rows: UserLogRows): Promise<void> {
  await rows.log.save(tx);
  await rows.heads.save(tx);
  await rows.chats.save(tx);
  await rows.positions.save(tx);
}

const emptySets = (schema: string) => ({
  log: new RowSet<EntryRow, 'user_id' | 'pts'>(schema, {
    name: 'user_log',
    key: ['user_id', 'pts'],
    json: ['values'],
  }),
  heads: new RowSet<HeadRow, 'user_id'>(schema, {
    name: 'user_heads',
    key: ['user_id'],
    json: ['sources'],
  }),
  chats: new RowSet<UserChatRow, 'user_id' | 'chat_id'>(schema, {
    name: 'user_chats',
    key: ['user_id', 'chat_id'],
  }),
  positions: new RowSet<PositionRow, 'user_stream' | 'source_stream'>(schema, {
    name: 'timeline_positions',
    key: ['user_stream', 'source_stream'],
  }),
});
