import { refusalInChat, type ChatMethod } from '../authority/authority.js';
import { assert } from '../kernel/assert.js';
import { reject, type Decider } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import { banMember, unbanMember } from './bans.js';
import { acceptCall, discardCall, expireCall, requestCall, signalCall } from './calls.js';
import type { ChatAnswer, ChatCommand } from './commands.js';
import { createChat } from './create-chat.js';
import type { ChatEvent, Member } from './events.js';
import { setDirectBlocked } from './direct-blocks.js';
import { expireMessages } from './expiry.js';
import { evolveChat } from './evolve.js';
import { chat_limits, type ChatLimits } from './limits.js';
import { addMembers, leave, removeMember } from './members.js';
import { deleteMessages, editMessage, readChat, sendMessage } from './messages.js';
import { reactToMessage } from './react.js';
import { setRole } from './set-role.js';
import type { ActiveChat, ChatState } from './state.js';
import { updateChat } from './update-chat.js';
import type { ChatVerdict } from './verdict.js';

type ChatDecider = Decider<ChatState, ChatCommand, NewEvent<ChatEvent>, ChatAnswer>;

/** The rules of a chat. Who may ask for what stands in authority/rules.ts; everything but creating and expiring is decided by it first. */
export const chatDeciderWith = (given: Partial<ChatLimits>): ChatDecider =>
  deciderOf({ ...chat_limits, ...given });

function deciderOf(limits: ChatLimits): ChatDecider {
  return {
    initialState: { status: 'none' },
    evolve: evolveChat,
    decide: (state, command) => {
      if (command.type === 'CreateChat') return createChat(state, command, limits);
      if (command.type === 'RequestCall') return requestCall(state, command, limits);
      const chat = state.status === 'active' ? state : null;
      if (command.type === 'ExpireMessages')
        return chat === null ? reject('NOT_FOUND') : expireMessages(chat, command);
      if (command.type === 'ExpireCall')
        return chat === null ? reject('NOT_FOUND') : expireCall(chat, command);
      const me = chat?.members.get(command.actor.user_id) ?? null;
      const refusal = refusalInChat(methodOf[command.type], chat, me);
      if (refusal !== null) return reject(refusal.code, refusal.details);
      assert(chat && me, 'who is no member is refused');
      return decideForMember(chat, me, command, limits);
    },
  };
}

export const chatDecider = chatDeciderWith({});

type AskedOfChat = Exclude<
  ChatCommand,
  { type: 'CreateChat' | 'RequestCall' | 'ExpireMessages' | 'ExpireCall' }
>;

const methodOf: Readonly<Record<AskedOfChat['type'], ChatMethod>> = {
  UpdateChat: 'chats.update',
  AddMembers: 'chats.addMembers',
  RemoveMember: 'chats.removeMember',
  SetRole: 'chats.setRole',
  BanMember: 'chats.ban',
  UnbanMember: 'chats.unban',
  Leave: 'chats.leave',
  SendMessage: 'messages.send',
  EditMessage: 'messages.edit',
  DeleteMessages: 'messages.delete',
  ReactToMessage: 'messages.react',
  ReadChat: 'messages.read',
  AcceptCall: 'calls.accept',
  SignalCall: 'calls.signal',
  DiscardCall: 'calls.discard',
  // The server's own, in the name of one of the two.
  SetDirectBlocked: 'chats.get',
};

function decideForMember(
  chat: ActiveChat,
  me: Member,
  command: AskedOfChat,
  limits: ChatLimits,
): ChatVerdict {
  switch (command.type) {
    case 'UpdateChat':
      return updateChat(chat, me, command);
    case 'AddMembers':
      return addMembers(chat, command, limits);
    case 'RemoveMember':
      return removeMember(chat, me, command);
    case 'SetRole':
      return setRole(chat, me, command);
    case 'BanMember':
      return banMember(chat, me, command);
    case 'UnbanMember':
      return unbanMember(chat, command);
    case 'Leave':
      return leave(chat, me, command);
    case 'SendMessage':
      return sendMessage(chat, me, command);
    case 'EditMessage':
      return editMessage(chat, me, command);
    case 'DeleteMessages':
      return deleteMessages(chat, me, command);
    case 'ReactToMessage':
      return reactToMessage(chat, me, command);
    case 'ReadChat':
      return readChat(chat, me, command);
    case 'AcceptCall':
      return acceptCall(chat, me, command, limits);
    case 'SignalCall':
      return signalCall(chat, command);
    case 'DiscardCall':
      return discardCall(chat, me, command);
    case 'SetDirectBlocked':
      return setDirectBlocked(chat, me, command);
  }
}
