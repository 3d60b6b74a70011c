/** What a person does with an app that is built on the SDK. */
import type { Random } from '../../support/random.js';
import { claimed, claimOf, type Claims } from './actor.js';
import type { SdkDevice } from './sdk-device.js';
import { emojis } from './writing.js';
import { readMessage } from '../checker/read-check.js';

export interface SdkActor {
  readonly device: SdkDevice;
  readonly random: Random;
  readonly claims: Claims;
  count: number;
}

export type SdkAction = (actor: SdkActor) => Promise<unknown> | null;

export const sdkSend: SdkAction = (actor) => {
  const chatId = someChat(actor);
  if (chatId === null) return null;
  const { device } = actor;
  const text = `${device.name} ${++actor.count}`;
  return device.client.send(chatId, text).then(({ client_msg_id, sent }) => {
    const params = { chat_id: chatId, client_msg_id, content: { type: 'text', text } };
    return device.perform('messages.send', params, async () => {
      const answered = await sent;
      // It was given another one if a server found it ahead of its clock.
      params.client_msg_id = answered.client_msg_id;
      return { seq: answered.seq };
    });
  });
};

export const sdkEdit: SdkAction = (actor) => {
  const target = someMessage(actor, true);
  if (target === null) return null;
  const { chat_id, seq } = target;
  const text = `${actor.device.name} ${++actor.count} (edited)`;
  const params = { chat_id, seq, content: { type: 'text', text } };
  const call = () => actor.device.client.edit(chat_id, seq, text).then(carriedOut);
  return claimed(actor, claimOf(chat_id, seq), () => actor.device.perform('messages.edit', params, call));
};

export const sdkDelete: SdkAction = (actor) => {
  const target = someMessage(actor, true);
  if (target === null) return null;
  const { chat_id, seq } = target;
  const call = () => actor.device.client.delete(chat_id, seq).then(carriedOut);
  const change = () => actor.device.perform('messages.delete', { chat_id, seqs: [seq] }, call);
  return claimed(actor, claimOf(chat_id, seq), change, true);
};

export const sdkReact: SdkAction = (actor) => {
  const target = someMessage(actor, false);
  if (target === null) return null;
  const { chat_id, seq } = target;
  const emoji = actor.random.pick(emojis);
  const call = () => actor.device.client.react(chat_id, seq, emoji).then(carriedOut);
  const change = () => actor.device.perform('messages.react', { chat_id, seq, emoji }, call);
  return claimed(actor, claimOf(chat_id, seq), change);
};

/** The mark waits in the device's store; whether the server has it is seen at rest. */
export const sdkRead: SdkAction = (actor) => {
  const unread = actor.device.client.chats().filter(({ unread_count }) => unread_count > 0);
  if (unread.length === 0) return null;
  const { chat_id, last_seq } = actor.random.pick(unread);
  const call = () => actor.device.client.markRead(chat_id, last_seq).then(nothing);
  return actor.device.perform('messages.read', { chat_id, seq: last_seq }, call);
};

export const sdkHistory: SdkAction = (actor) => {
  const chat_id = someChat(actor);
  if (chat_id === null) return null;
  const call = async () => {
    const { messages } = await actor.device.client.history(chat_id, { limit: 20 });
    return { messages: messages.map((message) => readMessage({ ...message })) };
  };
  return actor.device.perform('messages.history', { chat_id, limit: 20 }, call);
};

const nothing = () => ({});
const carriedOut = ({ done }: { readonly done: Promise<unknown> }) => done.then(nothing);

function someChat({ device, random }: SdkActor): string | null {
  const chats = device.client.chats();
  return chats.length === 0 ? null : random.pick(chats).chat_id;
}

/** One of the latest that no other device of the user is changing. */
function someMessage(actor: SdkActor, isOwn: boolean): { chat_id: string; seq: number } | null {
  const { device, random, claims } = actor;
  const chat_id = someChat(actor);
  if (chat_id === null) return null;
  const free = device.client
    .messages(chat_id)
    .slice(-30)
    .filter(({ seq, content, sender_id, is_deleted }) => {
      const isTarget = seq !== null && !is_deleted && content?.type === 'text';
      // By its text, which begins with the device's name: edits of one message come from one device.
      const isByThis = content?.type === 'text' && content.text.startsWith(`${device.name} `);
      const isFitting = isOwn ? sender_id === device.userId && isByThis : true;
      return isTarget && isFitting && !claims.has(claimOf(chat_id, seq));
    });
  if (free.length === 0) return null;
  return { chat_id, seq: random.pick(free).seq! };
}
