/** Chats and members as they stand in a snapshot. What a caller may see of them is the caller's to decide. */
import type { Kysely } from 'kysely';
import { isOneOf } from '../is-one-of.js';
import type { BanRow, ChatRow, ChatsTables, MemberRow } from './rows.js';

type Tables = Kysely<ChatsTables>;

/** The user's rows in those of these chats that they are in now. */
export async function membershipsOf(
  tables: Tables,
  userId: string,
  chatIds: readonly string[],
): Promise<readonly MemberRow[]> {
  if (chatIds.length === 0) return [];
  return tables
    .selectFrom('members')
    .selectAll()
    .where('user_id', '=', userId)
    .where(isOneOf('chat_id', chatIds))
    .where('removed_chat_pts', 'is', null)
    .execute();
}

/** Of one user, looked through at once: the youngest ones. */
const searched_chats_max = 10_000;

/** All chats that the user is in now, and from which message on they see them. */
export async function visibleChatsOf(
  tables: Tables,
  userId: string,
): Promise<readonly Pick<MemberRow, 'chat_id' | 'visible_from_seq'>[]> {
  return tables
    .selectFrom('members')
    .select(['chat_id', 'visible_from_seq'])
    .where('user_id', '=', userId)
    .where('removed_chat_pts', 'is', null)
    .orderBy('joined_at_ms', 'desc')
    .limit(searched_chats_max)
    .execute();
}

export async function chatsById(tables: Tables, chatIds: readonly string[]): Promise<Map<string, ChatRow>> {
  if (chatIds.length === 0) return new Map();
  const rows = await tables.selectFrom('chats').selectAll().where(isOneOf('chat_id', chatIds)).execute();
  return new Map(rows.map((row) => [row.chat_id, row]));
}

export type ChatOfMember = ChatRow & Pick<MemberRow, 'role' | 'visible_from_seq'>;

interface ChatsPage {
  readonly after?: Pick<ChatRow, 'last_message_date_ms' | 'chat_id'> | undefined;
  readonly limit: number;
  readonly only?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

/** The user's chats, the one with the latest message first; `after` is the last one of the page before. */
export async function chatsOfUser(
  tables: Tables,
  userId: string,
  { after, limit, only, except }: ChatsPage,
): Promise<readonly ChatOfMember[]> {
  if (only?.length === 0) return [];
  let query = tables
    .selectFrom('members as m')
    .innerJoin('chats as c', 'c.chat_id', 'm.chat_id')
    .selectAll('c')
    .select(['m.role', 'm.visible_from_seq'])
    .where('m.user_id', '=', userId)
    .where('m.removed_chat_pts', 'is', null);
  if (only !== undefined) query = query.where(isOneOf('m.chat_id', only));
  if (except !== undefined && except.length > 0)
    query = query.where((eb) => eb.not(isOneOf('m.chat_id', except)));
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('c.last_message_date_ms', 'c.chat_id'),
        '<',
        tuple(after.last_message_date_ms, after.chat_id),
      ),
    );
  }
  return query.orderBy('c.last_message_date_ms', 'desc').orderBy('c.chat_id', 'desc').limit(limit).execute();
}

/** By user id; `after` is the last one of the page before. */
export async function membersOfChat(
  tables: Tables,
  chatId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly Pick<MemberRow, 'user_id' | 'role' | 'joined_at_ms'>[]> {
  let query = tables
    .selectFrom('members')
    .select(['user_id', 'role', 'joined_at_ms'])
    .where('chat_id', '=', chatId)
    .where('removed_chat_pts', 'is', null);
  if (after !== undefined) query = query.where('user_id', '>', after);
  return query.orderBy('user_id').limit(limit).execute();
}

/** By user id; `after` is the last one of the page before. */
export async function bannedFromChat(
  tables: Tables,
  chatId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<readonly Omit<BanRow, 'chat_id'>[]> {
  let query = tables
    .selectFrom('bans')
    .select(['user_id', 'banned_by', 'banned_at_ms'])
    .where('chat_id', '=', chatId);
  if (after !== undefined) query = query.where('user_id', '>', after);
  return query.orderBy('user_id').limit(limit).execute();
}

/** The members of these chats: for direct chats, whose members are two. */
export async function memberIdsOf(tables: Tables, chatIds: readonly string[]): Promise<readonly string[]> {
  if (chatIds.length === 0) return [];
  const rows = await tables
    .selectFrom('members')
    .select('user_id')
    .distinct()
    .where(isOneOf('chat_id', chatIds))
    .where('removed_chat_pts', 'is', null)
    .execute();
  return rows.map(({ user_id }) => user_id);
}

/** Those of these chats that are channels, at most `limit`. */
export async function channelsAmong(
  tables: Tables,
  chatIds: readonly string[],
  limit: number,
): Promise<readonly string[]> {
  if (chatIds.length === 0) return [];
  const rows = await tables
    .selectFrom('chats')
    .select('chat_id')
    .where(isOneOf('chat_id', chatIds))
    .where('kind', '=', 'channel')
    .orderBy('last_message_date_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ chat_id }) => chat_id);
}
