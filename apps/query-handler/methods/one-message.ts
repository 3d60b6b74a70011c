/** `messages.reactions`, `messages.edits`. */
import { reactionsTo, versionsOf } from '#projections/chats/one-message-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { page_items_default } from '#protocol/limits.js';
import {
  MessagesEditsParams,
  MessagesReactionsParams,
  type MessagesEditsResult,
  type MessagesReactionsResult,
} from '#protocol/methods/one-message.js';
import { admitToMessage } from '../admit-message.js';
import { defineChatQuery } from '../chat-query.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { shownPositions } from '../shown-positions.js';
import { withinBytes } from '../within-bytes.js';

export const messagesReactions = defineChatQuery<MessagesReactionsParams, MessagesReactionsResult>({
  method: 'messages.reactions',
  params: MessagesReactionsParams,
  reads: ['chats', 'accounts'],
  read: async (context, { chat_id, seq, emoji, cursor, limit = page_items_default }) => {
    const before = placeOf(cursor);
    await admitToMessage(context, 'messages.reactions', seq);
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const found = await reactionsTo(tables, { chat_id, seq, emoji, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const reactions = page.map(({ chat_pts: _place, ...reaction }) => reaction);
    const next = nextAfter(page, found.length);
    return { result: { reactions, ...next }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

export const messagesEdits = defineChatQuery<MessagesEditsParams, MessagesEditsResult>({
  method: 'messages.edits',
  params: MessagesEditsParams,
  reads: ['chats', 'accounts'],
  read: async (context, { chat_id, seq, cursor, limit = page_items_default }) => {
    const after = placeOf(cursor);
    await admitToMessage(context, 'messages.edits', seq);
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const found = await versionsOf(tables, { chat_id, seq, after, limit: limit + 1 });
    const versions = withinBytes(found.slice(0, limit));
    const next = nextAfter(versions, found.length);
    return { result: { versions, ...next }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

/** Pages go by the chat's own numbers, which no two things have. */
const placeOf = (cursor: string | undefined): number | undefined =>
  decodeCursor<[number]>(cursor, (values) => values.length === 1 && Number.isSafeInteger(values[0]))?.[0];

const nextAfter = (page: readonly { readonly chat_pts: number }[], found: number) =>
  found > page.length ? { next_cursor: encodeCursor([page.at(-1)!.chat_pts]) } : {};
