import { accept, reject, repeat } from '../kernel/decider.js';
import type { ChatAnswer, CreateChat } from './commands.js';
import type { Member, Role } from './events.js';
import { fanout_members_max } from './limits.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat, ChatState } from './state.js';
import type { ChatVerdict } from './verdict.js';

export function createChat(state: ChatState, command: CreateChat): ChatVerdict {
  if (state.status === 'active') return createAgain(state, command);
  const others = [...new Set(command.member_ids)].filter((id) => id !== command.actor.user_id);
  switch (command.kind) {
    case 'direct':
      return createDirect(command, others);
    case 'group':
      return createGroup(command, others);
    case 'channel':
      return reject('WRONG_CHAT_KIND', { kind: 'channel', creatable: ['direct', 'group'] });
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

function createGroup(command: CreateChat, others: readonly string[]): ChatVerdict {
  if (others.length + 1 > fanout_members_max) return reject('MEMBERS_LIMIT', { fanout_members_max });
  const members = [
    founder(command.actor.user_id, 'owner', command.at_ms),
    ...others.map((id) => founder(id, 'member', command.at_ms)),
  ];
  const title = command.title === null ? {} : { title: command.title };
  return accept(
    [
      createdEvent(command, command.title, members),
      ...serviceMessages(command, 0, command.at_ms, [{ kind: 'created', ...title }]),
    ],
    { kind: 'chat', chat_id: command.chat_id },
  );
}

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
    },
    description: null,
    members,
  },
});
