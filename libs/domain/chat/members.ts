import { refusalOfPerson } from '../authority/authority.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import { bannedAmong } from './banned.js';
import type { AddMembers, BanMember, ChatAnswer, Leave, RemoveMember } from './commands.js';
import type { ChatEvent, ChatSummary, Member, MembersAdded, ServiceContent } from './events.js';
import { added_members_max, chat_members_max, type ChatLimits } from './limits.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/**
 * Members already there are left out; the others see from the message that tells of their joining. A group that grows
 * beyond what is copied becomes a channel first, in the same decision.
 */
export function addMembers(
  chat: ActiveChat,
  command: AddMembers,
  { fanout_members_max }: ChatLimits,
): ChatVerdict {
  const user_ids = [...new Set(command.user_ids)].filter((id) => !chat.members.has(id));
  if (user_ids.length === 0) return repeat(answerOf(chat));
  const banned = bannedAmong(chat, user_ids);
  if (banned.length > 0) return reject('BANNED', { user_ids: banned });
  const member_count = chat.member_count + user_ids.length;
  if (member_count > chat_members_max) return reject('MEMBERS_LIMIT', { chat_members_max });
  const dateMs = chatDate(chat, command.at_ms);
  const becomes = chat.kind === 'group' && member_count > fanout_members_max;
  const tales: ServiceContent['event'][] = becomes ? [{ kind: 'became_channel' }] : [];
  const messages = serviceMessages(command, chat.last_seq, dateMs, [...tales, { kind: 'joined', user_ids }]);
  const before: NewEvent<ChatEvent>[] = becomes ? [becameChannel(chat), messages.shift()!] : [];
  const grown: ActiveChat = becomes ? { ...chat, kind: 'channel', last_seq: chat.last_seq + 1 } : chat;
  const added = user_ids.map((user_id) => newcomer(grown, user_id, dateMs));
  return accept([...before, ...addedEvents(summaryOf(grown), added), ...messages], answerOf(chat));
}

const becameChannel = ({ member_count }: ActiveChat) => ({
  type: 'BecameChannel' as const,
  data: { member_count },
});

/** One event for each `added_members_max` who join. `chat` is as before them. */
export function addedEvents(chat: ChatSummary, added: readonly Member[]): NewEvent<MembersAdded>[] {
  const events: NewEvent<MembersAdded>[] = [];
  for (let from = 0; from < added.length; from += added_members_max) {
    const some = added.slice(from, from + added_members_max);
    const member_count = chat.member_count + from + some.length;
    events.push({ type: 'MembersAdded', data: { chat: { ...chat, member_count }, added: some } });
  }
  return events;
}

/** Removing oneself is leaving. */
export function removeMember(chat: ActiveChat, me: Member, command: RemoveMember): ChatVerdict {
  const target = chat.members.get(command.user_id);
  const refusal = refusalOfPerson('chats.removeMember', me, target);
  if (refusal !== null) return reject(refusal.code);
  if (target === undefined) return repeat(answerOf(chat));
  if (target.user_id === me.user_id) return leave(chat, me, command);
  return accept(removal(chat, target, command), answerOf(chat));
}

/** First the event, then the message that tells of it. */
export function removal(
  chat: ActiveChat,
  { user_id }: Member,
  command: RemoveMember | BanMember,
): NewEvent<ChatEvent>[] {
  const tale = { kind: 'removed' as const, user_ids: [user_id] };
  return [
    removedEvent(chat, user_id, 'removed'),
    ...serviceMessages(command, chat.last_seq, chatDate(chat, command.at_ms), [tale]),
  ];
}

/** When the last owner leaves, the chat passes on in the same decision; the last person leaves an empty chat. */
export function leave(chat: ActiveChat, me: Member, command: Leave | RemoveMember): ChatVerdict {
  const heir = heirOf(chat, me);
  const events: NewEvent<ChatEvent>[] = [removedEvent(chat, me.user_id, 'left')];
  const tales: ServiceContent['event'][] = [{ kind: 'left', user_ids: [me.user_id] }];
  if (heir !== null) {
    const { member_count } = chat;
    events.unshift({ type: 'RoleChanged', data: { user_id: heir.user_id, role: 'owner', member_count } });
    tales.push({ kind: 'role', user_ids: [heir.user_id], role: 'owner' });
  }
  const dateMs = chatDate(chat, command.at_ms);
  return accept([...events, ...serviceMessages(command, chat.last_seq, dateMs, tales)], answerOf(chat));
}

/**
 * Of those who stay, the admin who is there longest, else the member; of those who came at the same moment the one who stands
 * first in the list. Null when no heir is needed or there is none.
 */
function heirOf(chat: ActiveChat, leaving: Member): Member | null {
  const staying = [...chat.members.values()].filter((member) => member.user_id !== leaving.user_id);
  if (leaving.role !== 'owner' || staying.some((member) => member.role === 'owner')) return null;
  const admins = staying.filter((member) => member.role === 'admin');
  const candidates = admins.length > 0 ? admins : staying;
  return candidates.toSorted((one, other) => one.joined_at_ms - other.joined_at_ms)[0] ?? null;
}

function newcomer({ last_seq, history }: ActiveChat, user_id: string, joined_at_ms: number): Member {
  const joined_seq = last_seq + 1;
  const seeing = history === 'all' ? { visible_from_seq: 1, joined_seq } : { visible_from_seq: joined_seq };
  return { user_id, role: 'member', joined_at_ms, ...seeing };
}

/** Tells one stay of a member from another: the number of the message that told of their joining, 1 of who founded the chat. */
export const stayOf = ({ visible_from_seq, joined_seq }: Member): number => joined_seq ?? visible_from_seq;

const removedEvent = (chat: ActiveChat, user_id: string, reason: 'removed' | 'left') => ({
  type: 'MemberRemoved' as const,
  data: { user_id, reason, member_count: chat.member_count - 1 },
});

function summaryOf(chat: ActiveChat): ChatSummary {
  const { kind, title, photo_media_id, created_at_ms, last_seq, member_count } = chat;
  const { description, permissions, history } = chat;
  return {
    kind,
    title,
    photo_media_id,
    created_at_ms,
    last_seq,
    member_count,
    ...(description === null ? {} : { description }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(history === undefined ? {} : { history }),
  };
}

const answerOf = (chat: ActiveChat): ChatAnswer => ({ kind: 'chat', chat_id: chat.chat_id });
