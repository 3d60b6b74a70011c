/** A user's chats as the user's own log tells them. */
import type { Kysely } from 'kysely';
import type { UserChatRow, UserLogTables } from './rows.js';
import { isOneOf } from '../is-one-of.js';

/** Of one user, looked through at once: those joined last. */
const user_chats_max = 10_000;

export async function userChatsById(
  tables: Kysely<UserLogTables>,
  userId: string,
  chatIds: readonly string[],
): Promise<Map<string, UserChatRow>> {
  if (chatIds.length === 0) return new Map();
  const rows = await tables
    .selectFrom('user_chats')
    .selectAll()
    .where('user_id', '=', userId)
    .where(isOneOf('chat_id', chatIds))
    .execute();
  return new Map(rows.map((row) => [row.chat_id, row]));
}

/**
 * The chats joined last first: an order that stands still while people write, so that no page misses a chat that moves.
 * `beforePts`: the `joined_pts` of the last one of the page before.
 */
export async function userChatsByJoining(
  tables: Kysely<UserLogTables>,
  userId: string,
  { beforePts, limit }: { beforePts?: number | undefined; limit: number },
): Promise<readonly UserChatRow[]> {
  let query = tables.selectFrom('user_chats').selectAll().where('user_id', '=', userId);
  if (beforePts !== undefined) query = query.where('joined_pts', '<', beforePts);
  return query.orderBy('joined_pts', 'desc').limit(limit).execute();
}

export async function userChatIds(tables: Kysely<UserLogTables>, userId: string): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('user_chats')
    .select('chat_id')
    .where('user_id', '=', userId)
    .orderBy('joined_pts', 'desc')
    .limit(user_chats_max)
    .execute();
  return rows.map(({ chat_id }) => chat_id);
}

export async function archivedChatIds(
  tables: Kysely<UserLogTables>,
  userId: string,
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('user_chats')
    .select('chat_id')
    .where('user_id', '=', userId)
    .where('archived', '=', true)
    .execute();
  return rows.map(({ chat_id }) => chat_id);
}
