/** Which messages are deleted, and what is left of them, whoever may see it. */
import { sql, type Kysely } from 'kysely';
import type { MessageIdentity } from '#domain/chat/events.js';
import { identityOf } from './message-identity.js';
import type { ChatsTables } from './rows.js';

export interface MessagesOfChat {
  readonly chat_id: string;
  readonly seqs: readonly number[];
}

export interface MessageTombstone {
  readonly chat_id: string;
  /** Of the deletion. */
  readonly chat_pts: number;
  readonly message: MessageIdentity;
}

/** The deleted ones among these, in any order. One index scan a chat, whatever the planner thinks of their number. */
export async function tombstonesIn(
  tables: Kysely<ChatsTables>,
  asked: readonly MessagesOfChat[],
): Promise<readonly MessageTombstone[]> {
  const chats = sql<MessagesOfChat>`json_to_recordset(${JSON.stringify(asked)}::json)`;
  const rows = await tables
    .selectFrom(chats.as<'p'>(sql`p(chat_id uuid, seqs bigint[])`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('messages as m')
          .select(['m.chat_id', 'm.seq', 'm.chat_pts', 'm.client_msg_id', 'm.sender_id'])
          .select(['m.sender_device_id', 'm.date_ms', 'm.reply_to_seq', 'm.expires_at_ms'])
          .whereRef('m.chat_id', '=', 'p.chat_id')
          .where(sql<boolean>`m.seq = any(p.seqs)`)
          .where('m.deleted_at_ms', 'is not', null)
          .offset(0)
          .as('t'),
      (join) => join.onTrue(),
    )
    .selectAll('t')
    .execute();
  return rows.map((row) => ({ chat_id: row.chat_id, chat_pts: row.chat_pts, message: identityOf(row) }));
}
