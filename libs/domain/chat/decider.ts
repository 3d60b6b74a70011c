import { reject, type Decider } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { ChatAnswer, ChatCommand } from './commands.js';
import { createChat } from './create-chat.js';
import type { ChatEvent, Member } from './events.js';
import { evolveChat } from './evolve.js';
import { fanout_members_max, type ChatLimits } from './limits.js';
import { addMembers, leave, removeMember } from './members.js';
import { deleteMessages, editMessage, readChat, sendMessage } from './messages.js';
import { reactToMessage } from './react.js';
import type { ActiveChat, ChatState } from './state.js';
import type { ChatVerdict } from './verdict.js';

type ChatDecider = Decider<ChatState, ChatCommand, NewEvent<ChatEvent>, ChatAnswer>;

/** The rules of a chat. Everything but creating is for its members; to others the chat does not exist. */
export const chatDeciderWith = (limits: ChatLimits): ChatDecider => ({
  initialState: { status: 'none' },
  evolve: evolveChat,
  decide: (state, command) => {
    if (command.type === 'CreateChat') return createChat(state, command, limits);
    const me = state.status === 'active' ? state.members.get(command.actor.user_id) : undefined;
    if (state.status === 'none' || me === undefined) return reject('NOT_A_MEMBER');
    return decideForMember(state, me, command, limits);
  },
});

export const chatDecider: ChatDecider = chatDeciderWith({ fanout_members_max });

function decideForMember(
  chat: ActiveChat,
  me: Member,
  command: Exclude<ChatCommand, { type: 'CreateChat' }>,
  limits: ChatLimits,
): ChatVerdict {
  switch (command.type) {
    case 'AddMembers':
      return addMembers(chat, me, command, limits);
    case 'RemoveMember':
      return removeMember(chat, me, command);
    case 'Leave':
      return leave(chat, me, command);
    case 'SendMessage':
      return sendMessage(chat, me, command);
    case 'EditMessage':
      return editMessage(chat, me, command);
    case 'DeleteMessages':
      return deleteMessages(chat, me, command);
    case 'ReactToMessage':
      return reactToMessage(me, command);
    case 'ReadChat':
      return readChat(chat, me, command);
  }
}
