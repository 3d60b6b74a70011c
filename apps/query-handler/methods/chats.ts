/** `chats.get`, `chats.list`, `chats.members`, `chats.banned`. */
import { isUuid } from '#domain/kernel/ids.js';
import type { Role } from '#domain/chat/events.js';
import type { ChatView } from '#domain/user-log/update.js';
import { callsIn } from '#projections/chats/call-rows.js';
import { bannedFromChat, chatsOfUser, membersOfChat, type ChatOfMember } from '#projections/chats/query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { archivedChatIds, userChatsById } from '#projections/user-log/chats-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { page_items_default } from '#protocol/limits.js';
import {
  ChatsBannedParams,
  ChatsGetParams,
  ChatsListParams,
  ChatsMembersParams,
  type ChatResult,
  type ChatsBannedResult,
  type ChatsListResult,
  type ChatsMembersResult,
} from '#protocol/methods/chats.js';
import { chatView } from '../chat-view.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { defineChatQuery } from '../chat-query.js';
import { lastShown } from '../hidden.js';
import { defineQuery, type QueryContext } from '../query.js';
import { shownPositions } from '../shown-positions.js';
import { withinBytes } from '../within-bytes.js';

export const chatsGet = defineChatQuery<ChatsGetParams, ChatResult>({
  method: 'chats.get',
  params: ChatsGetParams,
  reads: ['chats', 'user_log', 'accounts'],
  read: async (context, { chat_id }) => {
    const [view] = await viewsOf(context, [{ ...context.chat, ...ownColumns(context.member) }]);
    return { result: { chat: view! }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

export const chatsList = defineQuery<ChatsListParams, ChatsListResult>({
  method: 'chats.list',
  params: ChatsListParams,
  reads: ['chats', 'user_log', 'accounts'],
  read: async (context, { cursor, limit = page_items_default, archived = false }) => {
    const after = decodeCursor<[number, string]>(
      cursor,
      ([date, id, ...more]) => Number.isSafeInteger(date) && isUuid(id) && more.length === 0,
    );
    const { user_id } = context.identity;
    const ids = await archivedChatIds(context.snapshot.tables<UserLogSchema>('user_log'), user_id);
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const rows = await chatsOfUser(tables, user_id, {
      ...(archived ? { only: ids } : { except: ids }),
      after: after && { last_message_date_ms: after[0], chat_id: after[1] },
      limit: limit + 1,
    });
    const chats = withinBytes(await viewsOf(context, rows.slice(0, limit)));
    const last = rows[chats.length - 1];
    const next = rows.length > chats.length && last ? [last.last_message_date_ms, last.chat_id] : null;
    return {
      result: { chats, ...(next ? { next_cursor: encodeCursor(next) } : {}) },
      seen: shownPositions(context, { chatIds: chats.map(({ chat_id }) => chat_id) }),
    };
  },
});

export const chatsMembers = defineChatQuery<ChatsMembersParams, ChatsMembersResult>({
  method: 'chats.members',
  params: ChatsMembersParams,
  reads: ['chats'],
  read: async (context, { chat_id, cursor, limit = page_items_default }) => {
    const position = decodeCursor<[string]>(cursor, ([id, ...more]) => isUuid(id) && more.length === 0);
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const rows = await membersOfChat(tables, chat_id, { after: position?.[0], limit: limit + 1 });
    const members = rows.slice(0, limit).map((row) => ({ ...row, role: row.role as Role }));
    const next = rows.length > limit ? { next_cursor: encodeCursor([members.at(-1)!.user_id]) } : {};
    return { result: { members, ...next }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

export const chatsBanned = defineChatQuery<ChatsBannedParams, ChatsBannedResult>({
  method: 'chats.banned',
  params: ChatsBannedParams,
  reads: ['chats'],
  read: async (context, { chat_id, cursor, limit = page_items_default }) => {
    const position = decodeCursor<[string]>(cursor, ([id, ...more]) => isUuid(id) && more.length === 0);
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const rows = await bannedFromChat(tables, chat_id, { after: position?.[0], limit: limit + 1 });
    const banned = rows.slice(0, limit);
    const next = rows.length > limit ? { next_cursor: encodeCursor([banned.at(-1)!.user_id]) } : {};
    return { result: { banned, ...next }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

const ownColumns = ({ role, visible_from_seq }: Pick<ChatOfMember, 'role' | 'visible_from_seq'>) => ({
  role,
  visible_from_seq,
});

async function viewsOf(context: QueryContext, rows: readonly ChatOfMember[]): Promise<ChatView[]> {
  const { snapshot, identity } = context;
  const { user_id } = identity;
  const ids = rows.map(({ chat_id }) => chat_id);
  const cursors = await userChatsById(snapshot.tables<UserLogSchema>('user_log'), user_id, ids);
  const last = await lastShown(context, rows);
  const calls = await callsIn(snapshot.tables<ChatsSchema>('chats'), ids);
  return rows.map((row) =>
    chatView({
      chat: row,
      member: ownColumns(row),
      cursors: cursors.get(row.chat_id),
      last_message: last.get(row.chat_id),
      call: calls.get(row.chat_id),
    }),
  );
}
