/** `messages.history`. */
import { messagesFrom } from '#projections/chats/messages-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import type { MessageView } from '#domain/user-log/update.js';
import { page_items_default } from '#protocol/limits.js';
import { MessagesHistoryParams, type MessagesHistoryResult } from '#protocol/methods/messages.js';
import type { Admission } from '../admit.js';
import { defineChatQuery } from '../chat-query.js';
import { withoutHidden } from '../hidden.js';
import type { QueryContext } from '../query.js';
import { shownPositions } from '../shown-positions.js';
import { AnswerRoom } from '../within-bytes.js';

export const messagesHistory = defineChatQuery<MessagesHistoryParams, MessagesHistoryResult>({
  method: 'messages.history',
  params: MessagesHistoryParams,
  reads: ['chats', 'accounts'],
  read: async (context, params) => {
    const result =
      params.around_seq === undefined ? await pageOf(context, params) : await around(context, params);
    return { result, seen: shownPositions(context, { chatIds: [params.chat_id] }) };
  },
});

type Context = QueryContext & Admission;
type Range = Pick<MessagesHistoryParams, 'before_seq' | 'after_seq'>;

async function pageOf(context: Context, params: MessagesHistoryParams): Promise<MessagesHistoryResult> {
  const { after_seq, limit = page_items_default } = params;
  const found = await outwards(context, params, limit + 1);
  const messages = new AnswerRoom().take(found.slice(0, limit));
  const more = found.length > messages.length;
  if (after_seq === undefined) messages.reverse();
  return { messages, more };
}

/** Where one side has fewer than half, the other has more. */
async function around(context: Context, params: MessagesHistoryParams): Promise<MessagesHistoryResult> {
  const { limit = page_items_default } = params;
  const seq = params.around_seq!;
  const newer = await outwards(context, { after_seq: seq - 1 }, limit + 1);
  const older = await outwards(context, { before_seq: seq }, limit + 1);
  const half = Math.ceil(limit / 2);
  const after = Math.min(newer.length, Math.max(half, limit - older.length));
  const before = Math.min(older.length, limit - after);
  const room = new AnswerRoom();
  // The message itself and what follows it first: it is what is looked for.
  const [shown, shownBefore] = [room.take(newer.slice(0, after)), room.take(older.slice(0, before))];
  return {
    messages: [...shownBefore.toReversed(), ...shown],
    more: older.length > shownBefore.length,
    more_after: newer.length > shown.length,
  };
}

/** From where the page begins. */
async function outwards(
  context: Context,
  { before_seq, after_seq }: Range,
  limit: number,
): Promise<readonly MessageView[]> {
  const { snapshot, member, nowMs } = context;
  const { chat_id, user_id, visible_from_seq } = member;
  const page = { chat_id, user_id, visible_from_seq, before_seq, after_seq, limit };
  return withoutHidden(context, await messagesFrom(snapshot.tables<ChatsSchema>('chats'), page, nowMs));
}
