/** The rows that a batch of chat events touches. */
import { sql, type Kysely, type Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { DB } from '#db/tables.js';
import type { ChatEvent } from '#domain/chat/events.js';
import type { ProjectedRecord } from '../define-projection.js';
import { RowSet } from '../row-set.js';

export type ChatsSchema = 'chats_v1';
export type ChatsTables = InSchema<ChatsSchema>;
export type ChatRow = Selectable<ChatsTables['chats']>;
export type MemberRow = Selectable<ChatsTables['members']>;
export type MessageRow = Selectable<ChatsTables['messages']>;
export type CallRow = Selectable<ChatsTables['calls']>;
export type BanRow = Selectable<ChatsTables['bans']>;
type ReactionRow = Selectable<ChatsTables['message_reactions']>;
type LogRow = Selectable<ChatsTables['chat_log']>;

export interface ChatsRows {
  readonly chats: RowSet<ChatRow, 'chat_id'>;
  readonly members: RowSet<MemberRow, 'chat_id' | 'user_id'>;
  readonly bans: RowSet<BanRow, 'chat_id' | 'user_id'>;
  readonly calls: RowSet<CallRow, 'chat_id'>;
  readonly messages: RowSet<MessageRow, 'chat_id' | 'seq'>;
  readonly reactions: RowSet<ReactionRow, 'chat_id' | 'seq' | 'user_id'>;
  readonly log: RowSet<LogRow, 'chat_id' | 'chat_pts'>;
  readonly schema: string;
  /** Messages of which nothing but the tombstone may remain. */
  readonly deleted: { readonly chat_id: string; readonly seq: number }[];
}

/** Rows that every event replaces whole are not loaded. */
export async function loadChatsRows(
  tx: Kysely<DB>,
  schema: string,
  records: readonly ProjectedRecord<ChatEvent>[],
): Promise<ChatsRows> {
  const events = records.flatMap(({ aggregate_id, events }) =>
    events.map((event) => ({ chat_id: aggregate_id, event })),
  );
  const memberKeys = events.flatMap(({ chat_id, event }) =>
    event.type === 'MemberRemoved' || event.type === 'RoleChanged'
      ? [{ chat_id, user_id: event.data.user_id }]
      : [],
  );
  const messageKeys = events.flatMap(({ chat_id, event }) => {
    if (event.type === 'MessageEdited') return [{ chat_id, seq: event.data.message.seq }];
    return event.type === 'ReactionSet' ? [{ chat_id, seq: event.data.seq }] : [];
  });
  const { chats, members, bans, calls, messages, reactions, log } = emptySets(schema);
  return {
    schema,
    chats: await chats.load(tx, events),
    members: await members.load(tx, memberKeys),
    bans,
    calls,
    messages: await messages.load(tx, messageKeys),
    reactions,
    log,
    deleted: [],
  };
}

export async function saveChatsRows(tx: Kysely<DB>, rows: ChatsRows): Promise<void> {
  await rows.chats.save(tx);
  await rows.members.save(tx);
  await rows.bans.save(tx);
  await rows.calls.save(tx);
  await rows.messages.save(tx);
  await rows.reactions.save(tx);
  await rows.log.save(tx);
  await deleteAbout(tx, rows);
}

const emptySets = (schema: string) => ({
  chats: new RowSet<ChatRow, 'chat_id'>(schema, { name: 'chats', key: ['chat_id'] }),
  members: new RowSet<MemberRow, 'chat_id' | 'user_id'>(schema, {
    name: 'members',
    key: ['chat_id', 'user_id'],
  }),
  bans: new RowSet<BanRow, 'chat_id' | 'user_id'>(schema, { name: 'bans', key: ['chat_id', 'user_id'] }),
  calls: new RowSet<CallRow, 'chat_id'>(schema, { name: 'calls', key: ['chat_id'] }),
  messages: new RowSet<MessageRow, 'chat_id' | 'seq'>(schema, {
    name: 'messages',
    key: ['chat_id', 'seq'],
    json: ['content', 'reactions'],
  }),
  reactions: new RowSet<ReactionRow, 'chat_id' | 'seq' | 'user_id'>(schema, {
    name: 'message_reactions',
    key: ['chat_id', 'seq', 'user_id'],
  }),
  log: new RowSet<LogRow, 'chat_id' | 'chat_pts'>(schema, {
    name: 'chat_log',
    key: ['chat_id', 'chat_pts'],
    json: ['event'],
  }),
});

/** Everything that holds a deleted message's words, and what people thought of them. */
async function deleteAbout(tx: Kysely<DB>, { schema, deleted }: ChatsRows): Promise<void> {
  if (deleted.length === 0) return;
  const table = (name: string) => sql.table(`${schema}.${name}`);
  const keys = sql`json_populate_recordset(null::${table('messages')}, ${JSON.stringify(deleted)}::json) k`;
  await sql`
    delete from ${table('chat_log')} l using ${keys}
    where l.chat_id = k.chat_id and l.seq = k.seq and l.type in ('MessageSent', 'MessageEdited')`.execute(tx);
  await sql`
    delete from ${table('message_reactions')} r using ${keys}
    where r.chat_id = k.chat_id and r.seq = k.seq`.execute(tx);
}
