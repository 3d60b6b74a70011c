/** `messages.history`. */
import { messagesFrom } from '#projections/chats/messages-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { page_items_default } from '#protocol/limits.js';
import { MessagesHistoryParams, type MessagesHistoryResult } from '#protocol/methods/messages.js';
import { defineChatQuery } from '../chat-query.js';
import { shownPositions } from '../shown-positions.js';
import { withinBytes } from '../within-bytes.js';

export const messagesHistory = defineChatQuery<MessagesHistoryParams, MessagesHistoryResult>({
  method: 'messages.history',
  params: MessagesHistoryParams,
  reads: ['chats'],
  read: async (context, { chat_id, before_seq, after_seq, limit = page_items_default }) => {
    const { user_id, visible_from_seq } = context.member;
    const page = { chat_id, user_id, visible_from_seq, before_seq, after_seq, limit: limit + 1 };
    const found = await messagesFrom(context.snapshot.tables<ChatsSchema>('chats'), page);
    const messages = withinBytes(found.slice(0, limit));
    const more = found.length > messages.length;
    if (after_seq === undefined) messages.reverse();
    return { result: { messages, more }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});
