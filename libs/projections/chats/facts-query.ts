/** What a decision about messages needs to know of them (docs/adr/0003). No text. */
import { sql, type Kysely } from 'kysely';
import type { Database } from '#db/database.js';
import { readSnapshot } from '#db/snapshot.js';
import type { ReactionCount } from '#domain/chat/events.js';
import type { ContentType, MessageFacts } from '#domain/chat/message-facts.js';
import { identityOf, type IdentityColumns } from './message-identity.js';
import type { ChatsSchema, ChatsTables } from './rows.js';
import { isOneOf } from '../is-one-of.js';

interface FactsAsked {
  readonly actor_id: string;
  readonly seqs: readonly number[];
}

/**
 * The messages among `seqs` that the table has, for each who asks, in their order, and up to which sequence of the stream they
 * are exact. `mine` is the reaction of `actor_id`.
 */
export async function messageFacts(
  db: Database,
  { stream, chat_id, by }: { stream: string; chat_id: string; by: readonly FactsAsked[] },
): Promise<{ facts: Map<number, MessageFacts>[]; covered_to: number }> {
  return readSnapshot(db, ['chats'], async (snapshot) => {
    const covered_to = snapshot.coveredTo('chats', stream);
    const seqs = [...new Set(by.flatMap((one) => one.seqs))];
    if (seqs.length === 0) return { facts: by.map(() => new Map()), covered_to };
    const tables = snapshot.tables<ChatsSchema>('chats');
    const rows = await tables
      .selectFrom('messages as m')
      .select([
        'm.seq',
        'm.chat_pts',
        'm.sent_chat_pts',
        'm.client_msg_id',
        'm.sender_id',
        'm.sender_device_id',
      ])
      .select(['m.date_ms', 'm.reply_to_seq', 'm.expires_at_ms', 'm.edited_at_ms', 'm.deleted_at_ms'])
      .select(['m.reactions', sql<ContentType | null>`m.content -> 'type'`.as('content_type')])
      .where('m.chat_id', '=', chat_id)
      .where(isOneOf('m.seq', seqs, 'bigint'))
      .execute();
    const facts = new Map(rows.map((row) => [row.seq, factsOf(row)]));
    const own = await ownReactions(tables, chat_id, seqs, [...new Set(by.map(({ actor_id }) => actor_id))]);
    return { facts: by.map((one) => factsFor(one, facts, own)), covered_to };
  });
}

/** By `<seq> <user id>`. */
async function ownReactions(
  tables: Kysely<ChatsTables>,
  chatId: string,
  seqs: readonly number[],
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tables
    .selectFrom('message_reactions')
    .select(['seq', 'user_id', 'emoji'])
    .where('chat_id', '=', chatId)
    .where(isOneOf('seq', seqs, 'bigint'))
    .where(isOneOf('user_id', userIds))
    .execute();
  return new Map(rows.map(({ seq, user_id, emoji }) => [`${seq} ${user_id}`, emoji]));
}

function factsFor(
  { actor_id, seqs }: FactsAsked,
  facts: ReadonlyMap<number, MessageFacts>,
  own: ReadonlyMap<string, string>,
): Map<number, MessageFacts> {
  const found = seqs.flatMap((seq) => facts.get(seq) ?? []);
  return new Map(found.map((one) => [one.seq, { ...one, mine: own.get(`${one.seq} ${actor_id}`) ?? null }]));
}

type FactsRow = IdentityColumns & {
  readonly chat_pts: number;
  readonly sent_chat_pts: number | null;
  readonly edited_at_ms: number | null;
  readonly deleted_at_ms: number | null;
  readonly reactions: unknown;
  readonly content_type: ContentType | null;
};

function factsOf(row: FactsRow): MessageFacts {
  return {
    seq: row.seq,
    chat_pts: row.chat_pts,
    // Null only while a table is filled over an erasure in progress.
    sent_chat_pts: row.sent_chat_pts ?? row.chat_pts,
    message: identityOf(row),
    content_type: row.content_type ?? 'text',
    deleted: row.deleted_at_ms !== null,
    ...(row.edited_at_ms === null ? {} : { edited_at_ms: row.edited_at_ms }),
    reactions: row.reactions as ReactionCount[],
    mine: null,
  };
}
