/** `messages.reactions`, `messages.edits`. */
import { refusalOfMessage, type ChatMethod } from '#domain/authority/authority.js';
import type { Role } from '#domain/chat/events.js';
import { judgedMessage, reactionsTo, versionsOf } from '#projections/chats/one-message-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { page_items_default } from '#protocol/limits.js';
import {
  MessagesEditsParams,
  MessagesReactionsParams,
  type MessagesEditsResult,
  type MessagesReactionsResult,
} from '#protocol/methods/one-message.js';
import { Refusal } from '#protocol/refusal.js';
import type { Admission } from '../admit.js';
import { defineChatQuery } from '../chat-query.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import type { QueryContext } from '../query.js';
import { shownPositions } from '../shown-positions.js';
import { withinBytes } from '../within-bytes.js';

export const messagesReactions = defineChatQuery<MessagesReactionsParams, MessagesReactionsResult>({
  method: 'messages.reactions',
  params: MessagesReactionsParams,
  reads: ['chats'],
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
  reads: ['chats'],
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

/** Throws what a caller who may not is told of that message. */
async function admitToMessage(
  { snapshot, member, chat: { chat_id } }: QueryContext & Admission,
  method: ChatMethod,
  seq: number,
): Promise<void> {
  const target = await judgedMessage(snapshot.tables<ChatsSchema>('chats'), { chat_id, seq });
  const refusal = refusalOfMessage(method, { ...member, role: member.role as Role }, seq, target);
  if (refusal === null) return;
  throw new Refusal(refusal.code, refusal.details === undefined ? {} : { details: refusal.details });
}

/** Pages go by the chat's own numbers, which no two things have. */
const placeOf = (cursor: string | undefined): number | undefined =>
  decodeCursor<[number]>(cursor, (values) => values.length === 1 && Number.isSafeInteger(values[0]))?.[0];

const nextAfter = (page: readonly { readonly chat_pts: number }[], found: number) =>
  found > page.length ? { next_cursor: encodeCursor([page.at(-1)!.chat_pts]) } : {};
