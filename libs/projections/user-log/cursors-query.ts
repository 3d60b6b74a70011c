/** Cursors in chats, as the users' own logs tell them. */
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { readSnapshot } from '#db/snapshot.js';
import type { UserLogSchema } from './rows.js';

/** Up to where the user has read the chat; null when the log tells of no such chat. */
export async function readCursor(db: Database, userId: string, chatId: string): Promise<number | null> {
  const [marks] = await outboxMarks(db, [{ user_id: userId, chat_id: chatId }]);
  return marks?.read_inbox_seq ?? null;
}

export interface OutboxMarks {
  readonly user_id: string;
  readonly chat_id: string;
  readonly read_inbox_seq: number;
  readonly read_outbox_seq: number;
  readonly delivered_outbox_seq: number;
}

/** In no particular order; pairs that no log tells of are left out. */
export async function outboxMarks(
  db: Database,
  pairs: readonly { readonly user_id: string; readonly chat_id: string }[],
): Promise<readonly OutboxMarks[]> {
  if (pairs.length === 0) return [];
  const users = pairs.map(({ user_id }) => user_id);
  const chats = pairs.map(({ chat_id }) => chat_id);
  return readSnapshot(db, ['user_log'], (snapshot) =>
    snapshot
      .tables<UserLogSchema>('user_log')
      .selectFrom('user_chats')
      .select(['user_id', 'chat_id', 'read_seq as read_inbox_seq', 'read_outbox_seq', 'delivered_outbox_seq'])
      .where(sql<boolean>`(user_id, chat_id) in (select * from unnest(${users}::uuid[], ${chats}::uuid[]))`)
      .execute(),
  );
}
