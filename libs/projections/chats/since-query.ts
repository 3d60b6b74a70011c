/** What of several chats a caller does not have yet, as one user sees it. */
import { sql, type Kysely } from 'kysely';
import type { MessageView } from '#domain/user-log/update.js';
import { messageViewOf } from './messages-query.js';
import type { ChatsTables } from './rows.js';

export interface ChatMark {
  readonly chat_id: string;
  readonly visible_from_seq: number;
  /** The caller holds everything up to there. */
  readonly after: number;
}

export interface MessageSince {
  readonly message: MessageView;
  /** It was not there at `after`. */
  readonly isNew: boolean;
}

/**
 * By chat, at most `limit` messages each; a chat without any is left out. `by` seq: those after the mark, ascending. `by`
 * chat_pts: those whose version is after the mark, ascending by version: so whoever goes on after the last version that
 * they were given misses nothing, whatever changes meanwhile.
 */
export async function messagesSince(
  tables: Kysely<ChatsTables>,
  userId: string,
  by: 'seq' | 'chat_pts',
  marks: readonly ChatMark[],
  limit: number,
  nowMs: number,
): Promise<Map<string, MessageSince[]>> {
  const found = new Map<string, MessageSince[]>();
  if (marks.length === 0) return found;
  const wanted = sql<ChatMark>`json_to_recordset(${JSON.stringify(marks)}::json)`;
  const rows = await tables
    .selectFrom(wanted.as<'w'>(sql`w(chat_id uuid, visible_from_seq bigint, after bigint)`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('messages')
          .selectAll()
          .whereRef('messages.chat_id', '=', 'w.chat_id')
          .whereRef('messages.seq', '>=', 'w.visible_from_seq')
          .whereRef(`messages.${by}`, '>', 'w.after')
          .orderBy(`messages.${by}`)
          .limit(limit)
          .as('m'),
      (join) => join.onTrue(),
    )
    .leftJoin('message_reactions as r', (join) =>
      join.onRef('r.chat_id', '=', 'm.chat_id').onRef('r.seq', '=', 'm.seq').on('r.user_id', '=', userId),
    )
    .selectAll('m')
    .select(['r.emoji as mine', 'w.after'])
    .orderBy('m.chat_id')
    .orderBy(`m.${by}`)
    .execute();
  for (const { after, ...row } of rows) {
    // Null only while a table is filled over an erasure in progress: taken as new, which is harmless.
    const isNew = by === 'seq' || (row.sent_chat_pts ?? row.chat_pts) > after;
    const one = { message: messageViewOf(row, nowMs), isNew };
    found.set(row.chat_id, [...(found.get(row.chat_id) ?? []), one]);
  }
  return found;
}
