/** People come and go, in the groups that are made for it: whoever made a group stays, brings others in and sends them away. */
import { v7 as uuidV7 } from 'uuid';
import { act, type Action, type Actor, type ChatHint } from './actor.js';

export const add: Action = (actor) => {
  const chat = ownGroup(actor);
  const absent = actor.everybody.filter((user) => !chat?.members.has(user));
  if (chat === undefined || absent.length === 0) return null;
  const user = actor.random.pick(absent);
  chat.members.add(user);
  const params = { chat_id: chat.chatId, user_ids: [user], client_request_id: uuidV7() };
  return act(actor, { method: 'chats.addMembers', params, keep });
};

export const sendAway: Action = (actor) => {
  const chat = ownGroup(actor);
  const others = [...(chat?.members ?? [])].filter((user) => user !== actor.device.userId);
  if (chat === undefined || others.length < 2) return null;
  const user = actor.random.pick(others);
  chat.members.delete(user);
  const params = { chat_id: chat.chatId, user_id: user, client_request_id: uuidV7() };
  return act(actor, { method: 'chats.removeMember', params, keep });
};

export const leave: Action = (actor) => {
  const { userId, log } = actor.device;
  const joined = [...actor.chats.values()].filter(
    ({ isSteady, creator, chatId }) => !isSteady && creator !== userId && log.chats.get(chatId) !== undefined,
  );
  if (joined.length === 0) return null;
  const chat = actor.random.pick(joined);
  chat.members.delete(userId);
  const params = { chat_id: chat.chatId, client_request_id: uuidV7() };
  return act(actor, { method: 'chats.leave', params, keep });
};

function ownGroup({ chats, device, random }: Actor): ChatHint | undefined {
  const own = [...chats.values()].filter(({ isSteady, creator }) => !isSteady && creator === device.userId);
  return own.length === 0 ? undefined : random.pick(own);
}

/** The chat itself is nobody's proof here. */
const keep = () => ({});
