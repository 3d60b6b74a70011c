/** `messages.receipts`: who has a message, and who has read it. */
import { recipientsOf, type Recipient } from '#projections/chats/one-message-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { reachedBy, type Reached } from '#projections/receipts/query.js';
import type { ReceiptsSchema } from '#projections/receipts/rows.js';
import { MessagesReceiptsParams, type MessagesReceiptsResult } from '#protocol/methods/one-message.js';
import { admitToMessage } from '../admit-message.js';
import { defineChatQuery } from '../chat-query.js';
import { shownPositions } from '../shown-positions.js';

export const messagesReceipts = defineChatQuery<MessagesReceiptsParams, MessagesReceiptsResult>({
  method: 'messages.receipts',
  params: MessagesReceiptsParams,
  reads: ['chats', 'accounts', 'receipts'],
  read: async (context, { chat_id, seq }) => {
    const { snapshot, identity } = context;
    await admitToMessage(context, 'messages.receipts', seq);
    const asked = { chat_id, seq, sender_id: identity.user_id };
    const recipients = await recipientsOf(snapshot.tables<ChatsSchema>('chats'), asked);
    const user_ids = recipients.map(({ user_id }) => user_id);
    const reached = await reachedBy(snapshot.tables<ReceiptsSchema>('receipts'), { chat_id, seq, user_ids });
    return { result: receiptsOf(recipients, reached), seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

type At = MessagesReceiptsResult['read'][number];

/** Who wrote after it has read it; and who has read it has it, whatever their devices have said of that. */
export function receiptsOf(
  recipients: readonly Recipient[],
  reached: readonly Reached[],
): MessagesReceiptsResult {
  const read = earliest([...recipients.flatMap(wrote), ...reached.filter(({ kind }) => kind === 'read')]);
  const delivered = earliest([...read, ...reached.filter(({ kind }) => kind === 'delivered')]);
  return { delivered, read };
}

const wrote = ({ user_id, wrote_at_ms }: Recipient): At[] =>
  wrote_at_ms === null ? [] : [{ user_id, at_ms: wrote_at_ms }];

/** Of each person the first time, in the order of time. */
function earliest(times: readonly At[]): At[] {
  const first = new Map<string, number>();
  for (const { user_id, at_ms } of times) first.set(user_id, Math.min(at_ms, first.get(user_id) ?? Infinity));
  return [...first]
    .map(([user_id, at_ms]) => ({ user_id, at_ms }))
    .toSorted((one, other) => one.at_ms - other.at_ms || (one.user_id < other.user_id ? -1 : 1));
}
