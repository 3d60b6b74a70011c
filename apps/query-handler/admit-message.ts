import { refusalOfMessage, type ChatMethod } from '#domain/authority/authority.js';
import type { Role } from '#domain/chat/events.js';
import { judgedMessage } from '#projections/chats/one-message-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { Refusal } from '#protocol/refusal.js';
import type { Admission } from './admit.js';
import type { QueryContext } from './query.js';

/** Throws what a member who may not ask is told of that message. */
export async function admitToMessage(
  { snapshot, member, chat: { chat_id } }: QueryContext & Admission,
  method: ChatMethod,
  seq: number,
): Promise<void> {
  const target = await judgedMessage(snapshot.tables<ChatsSchema>('chats'), { chat_id, seq });
  const refusal = refusalOfMessage(method, { ...member, role: member.role as Role }, seq, target);
  if (refusal === null) return;
  throw new Refusal(refusal.code, refusal.details === undefined ? {} : { details: refusal.details });
}
