import { refusalOfMessage, type ChatMethod } from '#domain/authority/authority.js';
import type { Role } from '#domain/chat/events.js';
import { judgedMessage } from '#projections/chats/one-message-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { Refusal } from '#protocol/refusal.js';
import type { Admission } from './admit.js';
import { isHiddenFrom } from './hidden.js';
import type { QueryContext } from './query.js';

/** Throws what a member who may not ask is told of that message. The query `reads` accounts: deleted for oneself is deleted. */
export async function admitToMessage(
  context: QueryContext & Admission,
  method: ChatMethod,
  seq: number,
): Promise<void> {
  const { snapshot, member, chat, nowMs } = context;
  const place = { chat_id: chat.chat_id, seq };
  const found = await judgedMessage(snapshot.tables<ChatsSchema>('chats'), place, nowMs);
  const isHidden = await isHiddenFrom(context, [place]);
  const target = found && { ...found, deleted: found.deleted || isHidden(place) };
  const refusal = refusalOfMessage(method, { ...member, role: member.role as Role }, seq, target);
  if (refusal === null) return;
  throw new Refusal(refusal.code, refusal.details === undefined ? {} : { details: refusal.details });
}
