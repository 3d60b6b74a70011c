import { bannedAfter } from './banned.js';
import { withBlock } from './blocked.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { ChatEvent, Member } from './events.js';
import type { ActiveChat, ChatState } from './state.js';

type Event = NewEvent<ChatEvent>;

/** The chat after one more event. What cannot be (an event before the creation) changes nothing. */
export function evolveChat(state: ChatState, event: Event, dateMs: number): ChatState {
  if (event.type === 'ChatCreated') return created(event.data, dateMs);
  if (state.status === 'none') return state;
  return { ...state, chat_pts: state.chat_pts + 1, last_date_ms: dateMs, ...changeOf(state, event) };
}

function created(data: Extract<Event, { type: 'ChatCreated' }>['data'], dateMs: number): ActiveChat {
  return {
    status: 'active',
    chat_id: data.chat_id,
    creator_id: data.creator_id,
    kind: data.chat.kind,
    title: data.chat.title,
    description: data.chat.description ?? null,
    photo_media_id: data.chat.photo_media_id,
    created_at_ms: data.chat.created_at_ms,
    last_seq: data.chat.last_seq,
    chat_pts: 1,
    last_date_ms: dateMs,
    member_count: data.chat.member_count,
    ...(data.chat.permissions === undefined ? {} : { permissions: data.chat.permissions }),
    ...(data.chat.history === undefined ? {} : { history: data.chat.history }),
    members: membersById(data.members),
  };
}

function changeOf(chat: ActiveChat, event: Exclude<Event, { type: 'ChatCreated' }>): Partial<ActiveChat> {
  switch (event.type) {
    case 'ChatChanged':
      return event.data;
    case 'MembersAdded':
      return {
        members: membersById([...chat.members.values(), ...event.data.added]),
        member_count: event.data.chat.member_count,
      };
    case 'MemberRemoved':
      return { members: without(chat, event.data.user_id), member_count: event.data.member_count };
    case 'RoleChanged':
      return { members: withRole(chat, event.data) };
    case 'MemberBanned':
    case 'MemberUnbanned':
      return { banned_ids: bannedAfter(chat, event) };
    case 'DirectBlocked':
      return { blocks: withBlock(chat, event.data) };
    case 'CallChanged':
      return { call: event.data };
    case 'BecameChannel':
      return { kind: 'channel' };
    case 'MessageSent':
      return { last_seq: event.data.message.seq };
    case 'MessageEdited':
    case 'Tombstoned':
    case 'ReactionSet':
      return {};
  }
}

/** The order of joining is kept: it decides who inherits a chat. */
export const membersById = (members: readonly Member[]): ReadonlyMap<string, Member> =>
  new Map(members.map((member) => [member.user_id, member]));

function without(chat: ActiveChat, userId: string): ReadonlyMap<string, Member> {
  const members = new Map(chat.members);
  members.delete(userId);
  return members;
}

function withRole(chat: ActiveChat, { user_id, role }: Pick<Member, 'user_id' | 'role'>) {
  const member = chat.members.get(user_id);
  return member === undefined ? chat.members : new Map(chat.members).set(user_id, { ...member, role });
}
