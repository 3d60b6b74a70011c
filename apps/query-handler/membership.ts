import type { Role } from '#domain/chat/events.js';
import { mayRead, relationOf } from '#domain/chat/permissions.js';
import { memberOf } from '#projections/chats/query.js';
import type { ChatsSchema, MemberRow } from '#projections/chats/rows.js';
import type { QueryContext } from './query.js';
import { Refusal } from '#protocol/refusal.js';

/** The caller's membership; throws what a reader who is none is told, whether the chat exists or not. */
export async function readingMember(
  { snapshot, identity }: QueryContext,
  chatId: string,
): Promise<MemberRow> {
  const tables = snapshot.tables<ChatsSchema>('chats');
  const member = await memberOf(tables, chatId, identity.user_id);
  const relation = relationOf(member && { role: member.role as Role });
  if (!member || !mayRead(relation)) throw new Refusal('NOT_A_MEMBER');
  return member;
}
