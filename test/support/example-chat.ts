/** Events and commands of a small chat, for specifications. Everything but what a specification is about is a default. */
import {
  chatDecider,
  chatDeciderWith,
  evolveFacts,
  type Call,
  type ChatCommand,
  type ChatEvent,
  type Member,
  type MessageFacts,
  type Role,
  type SaltedBody,
  type ServiceContent,
} from '#domain/chat/index.js';
import type { NewEvent } from '#domain/kernel/new-event.js';
import { given_at_ms, specificationOf } from './given.js';

export type ChatNews = NewEvent<ChatEvent>;
export const givenChat = specificationOf(chatDecider);
/** The same rules with groups of this size. */
export const givenSmallGroups = (fanout_members_max: number) =>
  specificationOf(chatDeciderWith({ fanout_members_max }));

/** Later than everything given. */
export const now_ms = 2_000;
export const chat_id = 'chat';
export const service_msg_id = 'service-0';

export const from = (user_id: string, device = 'phone') => ({
  actor: { user_id, device_id: `${user_id}-${device}` },
  at_ms: now_ms,
});

export const memberOf = (user_id: string, role: Role = 'member', more: Partial<Member> = {}): Member => ({
  user_id,
  role,
  joined_at_ms: given_at_ms,
  visible_from_seq: 1,
  ...more,
});

/** A group of these, the first of whom made it, and its first service message. */
export const group = (...members: readonly Member[]): ChatNews[] => [
  created('group', 'Group', members),
  service(1, members[0]!.user_id, { kind: 'created', title: 'Group' }, given_at_ms),
];

export const direct = (one: string, other: string): ChatNews[] => [
  created('direct', null, [memberOf(one), memberOf(other)]),
];

export const created = (
  kind: 'direct' | 'group' | 'channel',
  title: string | null,
  members: readonly Member[],
  created_at_ms = given_at_ms,
): Extract<ChatNews, { type: 'ChatCreated' }> => ({
  type: 'ChatCreated',
  data: {
    chat_id,
    creator_id: members[0]!.user_id,
    chat: { kind, title, photo_media_id: null, created_at_ms, last_seq: 0, member_count: members.length },
    members,
  },
});

export const service = (
  seq: number,
  sender_id: string,
  event: ServiceContent['event'],
  date_ms = now_ms,
  client_msg_id = service_msg_id,
): ChatNews => ({
  type: 'MessageSent',
  data: {
    message: { seq, client_msg_id, sender_id, sender_device_id: null, date_ms },
    body: { content: { type: 'service', event } },
  },
});

export const bodyOf = (text: string): SaltedBody => ({
  content: { type: 'text', text },
  salt: `salt of ${text}`,
  commitment: `commitment to ${text}`,
});

/** Words that mention these people. */
export const mentioning = (...user_ids: readonly string[]): SaltedBody => {
  const entities = user_ids.map(
    (user_id, offset) => ({ type: 'mention', offset, length: 1, user_id }) as const,
  );
  return { ...bodyOf('names'), content: { type: 'text', text: 'names', entities } };
};

export const identity = (seq: number, sender: string, date_ms = given_at_ms) => ({
  seq,
  client_msg_id: `key-${seq}`,
  sender_id: sender,
  sender_device_id: `${sender}-phone`,
  date_ms,
});

export const sent = (seq: number, sender: string, date_ms = given_at_ms): ChatNews => ({
  type: 'MessageSent',
  data: { message: identity(seq, sender, date_ms), body: bodyOf(`message ${seq}`) },
});

export const deleted = (
  seq: number,
  sender: string,
  sent_chat_pts: number,
  deleted_by: string,
): ChatNews => ({
  type: 'Tombstoned',
  data: { message: identity(seq, sender), sent_chat_pts, deleted_by, deleted_at_ms: now_ms },
});

export const reacted = (
  seq: number,
  user_id: string,
  emoji: string | null,
  ...reactions: readonly (readonly [string, number])[]
): ChatNews => ({
  type: 'ReactionSet',
  data: { seq, user_id, emoji, reactions: reactions.map(([name, count]) => ({ emoji: name, count })) },
});

/** What the read model would say of a message after these events. */
export function factsOf(history: readonly ChatNews[], seq: number, asking: string): MessageFacts | null {
  let facts: MessageFacts | undefined;
  for (const [index, event] of history.entries()) {
    facts = evolveFacts(facts, { ...event, chat_pts: index + 1 }, asking, seq);
  }
  return facts ?? null;
}

type Chats<T extends ChatCommand['type']> = Extract<ChatCommand, { readonly type: T }>;
type Given<C> = (history: readonly ChatNews[]) => C;

export const create =
  (user: string, kind: 'direct' | 'group' | 'channel', ...member_ids: string[]): Given<Chats<'CreateChat'>> =>
  () => ({ type: 'CreateChat', kind, chat_id, member_ids, title: 'Group', service_msg_id, ...from(user) });

export const update =
  (user: string, change: Chats<'UpdateChat'>['change']): Given<Chats<'UpdateChat'>> =>
  () => ({ type: 'UpdateChat', change, service_msg_id, ...from(user) });

export const add =
  (user: string, ...user_ids: string[]): Given<Chats<'AddMembers'>> =>
  () => ({ type: 'AddMembers', user_ids, service_msg_id, ...from(user) });

export const remove =
  (user: string, user_id: string): Given<Chats<'RemoveMember'>> =>
  () => ({ type: 'RemoveMember', user_id, service_msg_id, ...from(user) });

export const setRole =
  (user: string, user_id: string, role: Role): Given<Chats<'SetRole'>> =>
  () => ({ type: 'SetRole', user_id, role, service_msg_id, ...from(user) });

export const ban =
  (user: string, user_id: string): Given<Chats<'BanMember'>> =>
  () => ({ type: 'BanMember', user_id, service_msg_id, ...from(user) });

export const unban =
  (user: string, user_id: string): Given<Chats<'UnbanMember'>> =>
  () => ({ type: 'UnbanMember', user_id, ...from(user) });

export const leave =
  (user: string): Given<Chats<'Leave'>> =>
  () => ({ type: 'Leave', service_msg_id, ...from(user) });

export const send =
  (user: string, text: string, more: Partial<Chats<'SendMessage'>> = {}): Given<Chats<'SendMessage'>> =>
  () => ({ type: 'SendMessage', client_msg_id: 'key', body: bodyOf(text), ...from(user), ...more });

export const edit =
  (user: string, seq: number, text: string | SaltedBody): Given<Chats<'EditMessage'>> =>
  (history) => ({
    type: 'EditMessage',
    seq,
    body: typeof text === 'string' ? bodyOf(text) : text,
    target: factsOf(history, seq, user),
    ...from(user),
  });

export const erase =
  (user: string, ...seqs: number[]): Given<Chats<'DeleteMessages'>> =>
  (history) => ({
    type: 'DeleteMessages',
    seqs,
    targets: seqs.map((seq) => factsOf(history, seq, user)),
    ...from(user),
  });

export const react =
  (user: string, seq: number, emoji: string | null): Given<Chats<'ReactToMessage'>> =>
  (history) => ({
    type: 'ReactToMessage',
    seq,
    emoji,
    target: factsOf(history, seq, user),
    ...from(user),
  });

export const setBlocked =
  (user: string, blocked: boolean, change: number, is_told_again = false): Given<Chats<'SetDirectBlocked'>> =>
  () => ({ type: 'SetDirectBlocked', blocked, change, is_told_again, ...from(user) });

export const read =
  (user: string, seq: number): Given<Chats<'ReadChat'>> =>
  () => ({ type: 'ReadChat', seq, ...from(user) });

/** Of Anna's phone to Ben, whose phone accepts it. */
export const callOf = (state: 'requested' | 'accepted'): Call => ({
  call_id: 'call',
  kind: 'audio',
  state,
  caller_id: 'anna',
  caller_device_id: 'anna-phone',
  callee_id: 'ben',
  requested_at_ms: given_at_ms,
  ...(state === 'accepted' && { callee_device_id: 'ben-phone', accepted_at_ms: given_at_ms }),
  expires_at_ms: now_ms + 1,
});

export const called = (call: Call): ChatNews => ({ type: 'CallChanged', data: call });

export const request =
  (user: string, user_id: string, device?: string, call_id = 'call'): Given<Chats<'RequestCall'>> =>
  () => ({ type: 'RequestCall', chat_id, user_id, call_id, kind: 'audio', ...from(user, device) });

export const accept =
  (user: string, device?: string, call_id = 'call'): Given<Chats<'AcceptCall'>> =>
  () => ({ type: 'AcceptCall', call_id, ...from(user, device) });

export const signal =
  (user: string, device?: string): Given<Chats<'SignalCall'>> =>
  () => ({ type: 'SignalCall', call_id: 'call', ...from(user, device) });

export const discard =
  (user: string, device?: string, reason?: Chats<'DiscardCall'>['reason']): Given<Chats<'DiscardCall'>> =>
  () => ({
    type: 'DiscardCall',
    call_id: 'call',
    ...(reason !== undefined && { reason }),
    ...from(user, device),
  });

export const expire = (): Given<Chats<'ExpireCall'>> => () => ({
  type: 'ExpireCall',
  call_id: 'call',
  at_ms: now_ms,
});
