import { accept, reject, repeat } from '../kernel/decider.js';
import type { ChatAnswer, CreateChat } from './commands.js';
import type { ChatSummary, Member, Role } from './events.js';
import { added_members_max, chat_members_max, type ChatLimits } from './limits.js';
import { addedEvents } from './members.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat, ChatState } from './state.js';
import type { ChatVerdict } from './verdict.js';

export function createChat(state: ChatState, command: CreateChat, limits: ChatLimits): ChatVerdict {
  if (state.status === 'active') return createAgain(state, command);
  const others = [...new Set(command.member_ids)].filter((id) => id !== command.actor.user_id);
  switch (command.kind) {
    case 'direct':
      return createDirect(command, others);
    case 'group':
      return createGroup(command, others, limits);
    case 'channel':
      return createChannel(command, others);
  }
}

/** A direct chat belongs to both, so either may ask for it again; a group only to whoever asked for it first. */
function createAgain(chat: ActiveChat, command: CreateChat): ChatVerdict {
  if (!chat.members.has(command.actor.user_id)) return reject('NOT_A_MEMBER');
  const mine = chat.kind === 'direct' || chat.creator_id === command.actor.user_id;
  if (chat.kind !== command.kind || !mine) return reject('CHAT_EXISTS');
  return repeat<ChatAnswer>({ kind: 'chat', chat_id: chat.chat_id });
}

function createDirect(command: CreateChat, others: readonly string[]): ChatVerdict {
  if (others.length !== 1) return reject('MEMBERS_LIMIT', { others: 1 });
  const members = [command.actor.user_id, ...others].map((id) => founder(id, 'member', command.at_ms));
  return accept([createdEvent(command, null, members)], { kind: 'chat', chat_id: command.chat_id });
}

function createGroup(
  command: CreateChat,
  others: readonly string[],
  { fanout_members_max }: ChatLimits,
): ChatVerdict {
  if (others.length + 1 > fanout_members_max) return reject('MEMBERS_LIMIT', { fanout_members_max });
  return createWith(command, foundersOf(command, others), []);
}

function createChannel(command: CreateChat, others: readonly string[]): ChatVerdict {
  if (others.length + 1 > chat_members_max) return reject('MEMBERS_LIMIT', { chat_members_max });
  const members = foundersOf(command, others);
  return createWith(command, members.slice(0, added_members_max), members.slice(added_members_max));
}

/** `more`: whom the first event has no room for. */
function createWith(command: CreateChat, members: readonly Member[], more: readonly Member[]): ChatVerdict {
  const created = createdEvent(command, command.title, members);
  const title = command.title === null ? {} : { title: command.title };
  return accept(
    [
      created,
      ...addedEvents(created.data.chat, more),
      ...serviceMessages(command, 0, command.at_ms, [{ kind: 'created', ...title }]),
    ],
    { kind: 'chat', chat_id: command.chat_id },
  );
}

const foundersOf = ({ actor, at_ms }: CreateChat, others: readonly string[]): Member[] => [
  founder(actor.user_id, 'owner', at_ms),
  ...others.map((id) => founder(id, 'member', at_ms)),
];

const founder = (user_id: string, role: Role, joined_at_ms: number): Member => ({
  user_id,
  role,
  joined_at_ms,
  visible_from_seq: 1,
});

const createdEvent = (command: CreateChat, title: string | null, members: readonly Member[]) => ({
  type: 'ChatCreated' as const,
  data: {
    chat_id: command.chat_id,
    creator_id: command.actor.user_id,
    chat: {
      kind: command.kind,
      title,
      photo_media_id: null,
      created_at_ms: command.at_ms,
      last_seq: 0,
      member_count: members.length,
      ...rulesOf(command),
    },
    members,
  },
});

/** What a group or channel is told when it is made; of a direct chat there is nothing to tell. */
function rulesOf({ kind, history, description }: CreateChat): Pick<ChatSummary, 'history' | 'description'> {
  if (kind === 'direct') return {};
  return {
    ...(history === undefined ? {} : { history }),
    ...(description === undefined ? {} : { description }),
  };
}
