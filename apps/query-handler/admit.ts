/** Who may be told of a chat, and from which message on, as the rules say (libs/domain/authority/rules.ts). */
import { refusalInChat, type ChatMethod } from '#domain/authority/authority.js';
import type { ChatKind, Role } from '#domain/chat/events.js';
import type { Rejection } from '#domain/kernel/rejection.js';
import { chatsById, membershipsOf } from '#projections/chats/query.js';
import type { ChatRow, ChatsSchema, MemberRow } from '#projections/chats/rows.js';
import { Refusal } from '#protocol/refusal.js';
import type { QueryContext } from './query.js';

/** A chat that the caller is in. Its messages are theirs to see from `member.visible_from_seq` on. */
export interface Admission {
  readonly chat: ChatRow;
  readonly member: MemberRow;
}

/** Throws what a caller who may not is told: the same for no such chat, a stranger's and a former member's. */
export async function admit(context: QueryContext, method: ChatMethod, chatId: string): Promise<Admission> {
  const admitted = (await admitAll(context, method, [chatId])).get(chatId)!;
  if ('chat' in admitted) return admitted;
  throw new Refusal(admitted.code, admitted.details === undefined ? {} : { details: admitted.details });
}

/** Each for itself. Chats and memberships are looked for alike, whether they are there or not. */
export async function admitAll(
  { snapshot, identity }: QueryContext,
  method: ChatMethod,
  chatIds: readonly string[],
): Promise<ReadonlyMap<string, Admission | Rejection>> {
  const tables = snapshot.tables<ChatsSchema>('chats');
  const chats = await chatsById(tables, chatIds);
  const members = new Map(
    (await membershipsOf(tables, identity.user_id, chatIds)).map((row) => [row.chat_id, row]),
  );
  return new Map(
    chatIds.map((chatId) => [chatId, admission(method, chats.get(chatId), members.get(chatId))]),
  );
}

function admission(
  method: ChatMethod,
  chat: ChatRow | undefined,
  member: MemberRow | undefined,
): Admission | Rejection {
  const kind = chat && { kind: chat.kind as ChatKind };
  const refusal = refusalInChat(method, kind ?? null, member ? { role: member.role as Role } : null);
  return refusal ?? { chat: chat!, member: member! };
}
