import { refusalOfPerson } from '../authority/authority.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { BanMember, ChatAnswer, UnbanMember } from './commands.js';
import type { ChatEvent, Member } from './events.js';
import { chat_bans_max } from './limits.js';
import { removal } from './members.js';
import type { ActiveChat } from './state.js';
import type { ChatVerdict } from './verdict.js';

/**
 * Who is banned is no member and cannot be added, by anyone: what adds them meanwhile expects the chat's head, so the store
 * says which of the two was first.
 */
export function banMember(chat: ActiveChat, me: Member, command: BanMember): ChatVerdict {
  const { user_id } = command;
  const target = chat.members.get(user_id);
  const refusal = refusalOfPerson('chats.ban', me, target);
  if (refusal !== null) return reject(refusal.code);
  if (chat.banned_ids?.includes(user_id)) return repeat(answerOf(chat));
  if ((chat.banned_ids?.length ?? 0) >= chat_bans_max) return reject('BANS_LIMIT', { chat_bans_max });
  const [removed, ...told] = target === undefined ? [] : removal(chat, target, command);
  const member_count = chat.member_count - (target === undefined ? 0 : 1);
  const banned = { type: 'MemberBanned' as const, data: { user_id, by: me.user_id, member_count } };
  const before: NewEvent<ChatEvent>[] = removed === undefined ? [] : [removed];
  return accept([...before, banned, ...told], answerOf(chat));
}

export function unbanMember(chat: ActiveChat, { user_id }: UnbanMember): ChatVerdict {
  if (!chat.banned_ids?.includes(user_id)) return repeat(answerOf(chat));
  const data = { user_id, member_count: chat.member_count };
  return accept([{ type: 'MemberUnbanned', data }], answerOf(chat));
}

const answerOf = (chat: ActiveChat): ChatAnswer => ({ kind: 'chat', chat_id: chat.chat_id });
