/** What a decision about messages needs to know of them (docs/adr/0003). No text. */
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { readSnapshot } from '#db/snapshot.js';
import type { ReactionCount } from '#domain/chat/events.js';
import type { ContentType, MessageFacts } from '#domain/chat/message-facts.js';
import { identityOf, type IdentityColumns } from './message-identity.js';
import type { ChatsSchema } from './rows.js';

/**
 * The messages among `seqs` that the table has, and up to which sequence of the stream they are exact. `mine` is the
 * reaction of `actor_id`.
 */
export async function messageFacts(
  db: Database,
  asked: { stream: string; chat_id: string; seqs: readonly number[]; actor_id: string },
): Promise<{ facts: Map<number, MessageFacts>; covered_to: number }> {
  return readSnapshot(db, ['chats'], async (snapshot) => {
    const covered_to = snapshot.coveredTo('chats', asked.stream);
    if (asked.seqs.length === 0) return { facts: new Map(), covered_to };
    const rows = await snapshot
      .tables<ChatsSchema>('chats')
      .selectFrom('messages as m')
      .leftJoin('message_reactions as r', (join) =>
        join
          .onRef('r.chat_id', '=', 'm.chat_id')
          .onRef('r.seq', '=', 'm.seq')
          .on('r.user_id', '=', asked.actor_id),
      )
      .select([
        'm.seq',
        'm.chat_pts',
        'm.sent_chat_pts',
        'm.client_msg_id',
        'm.sender_id',
        'm.sender_device_id',
      ])
      .select(['m.date_ms', 'm.reply_to_seq', 'm.expires_at_ms', 'm.edited_at_ms', 'm.deleted_at_ms'])
      .select([
        'm.reactions',
        'r.emoji as mine',
        sql<ContentType | null>`m.content -> 'type'`.as('content_type'),
      ])
      .where('m.chat_id', '=', asked.chat_id)
      .where('m.seq', 'in', [...asked.seqs])
      .execute();
    return { facts: new Map(rows.map((row) => [row.seq, factsOf(row)])), covered_to };
  });
}

type FactsRow = IdentityColumns & {
  readonly chat_pts: number;
  readonly sent_chat_pts: number | null;
  readonly edited_at_ms: number | null;
  readonly deleted_at_ms: number | null;
  readonly reactions: unknown;
  readonly mine: string | null;
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
    mine: row.mine,
  };
}
