/** What people do to messages. */
import { v7 as uuidV7 } from 'uuid';
import { perform, type Operation } from './perform.js';
import { act, claimed, claimOf, type Action, type Actor } from './actor.js';
import type { KnownChat } from './known-chat.js';

/** One send of so many is given up at the first lost connection; of those half are sent again later, with their key. */
const gives_up_of = 4;
/** One send of so many is repeated after its answer, by any of the user's devices. */
const repeats_of = 12;
/** The store knows a key for two minutes: what is sent again after them must be known in another way. */
const late_ms_min = 125_000;
/** Remembered of a user. */
const answered_max = 400;
const filler = 'and so on '.repeat(20);
export const emojis = ['👍', '❤️', '🔥', '😂', null] as const;

export const send: Action = (actor) => {
  const { device, random } = actor;
  const chat = someChat(actor);
  if (chat === undefined) return null;
  const text = `${device.name} ${++actor.count} ${filler.slice(0, random.integer(filler.length))}`;
  const params = { chat_id: chat.chatId, client_msg_id: uuidV7(), content: { type: 'text', text } };
  const isReply = chat.lastSeq > 0 && random.integer(8) === 0;
  const wire = isReply ? { ...params, reply_to_seq: chat.lastSeq } : params;
  return sendAndRepeat(actor, { method: 'messages.send', params, wire });
};

async function sendAndRepeat(actor: Actor, operation: Operation): Promise<void> {
  const { random, siblings, isPatient } = actor;
  const givesUp = random.integer(gives_up_of) === 0;
  const isRepeated = random.integer(repeats_of) === 0;
  const isSentAgain = random.integer(2) === 0;
  const again = random.pick(siblings);
  const { outcome } = await act(actor, { ...operation, givesUp });
  if (outcome === 'acknowledged') remember(actor, operation);
  const isDue = outcome === 'unknown' ? isSentAgain : outcome === 'acknowledged' && isRepeated;
  if (isDue && isPatient()) await perform(again, operation, isPatient);
}

function remember({ answered, device }: Actor, operation: Operation): void {
  answered.push({ operation, by: device, at_ms: device.options.journal.nowMs() });
  if (answered.length > answered_max) answered.shift();
}

/** As a device does that had stored what it wanted, was answered and forgot that: minutes later, and another one if there is one. */
export const askLate: Action = (actor) => {
  const { answered, siblings, random, isPatient, device } = actor;
  const late = answered.findLastIndex(({ at_ms }) => device.options.journal.nowMs() - at_ms >= late_ms_min);
  if (late < 0) return null;
  const [sent] = answered.splice(random.integer(late + 1), 1);
  const others = siblings.filter((one) => one !== sent!.by);
  const again = others.length === 0 ? sent!.by : random.pick(others);
  return perform(again, sent!.operation, isPatient);
};

export const edit: Action = (actor) => {
  const target = ownTarget(actor);
  if (target === null) return null;
  const content = { type: 'text', text: `${actor.device.name} ${++actor.count} (edited)` };
  const params = { ...target, content, client_request_id: uuidV7() };
  const operation = { method: 'messages.edit', params };
  return claimed(actor, claimOf(target.chat_id, target.seq), async () => {
    const record = await act(actor, operation);
    if (record.outcome === 'acknowledged') remember(actor, operation);
    return record;
  });
};

export const remove: Action = (actor) => {
  const target = ownTarget(actor);
  if (target === null) return null;
  const { chat_id, seq } = target;
  const params = { chat_id, seqs: [seq], for: 'everyone', client_request_id: uuidV7() };
  const change = () => act(actor, { method: 'messages.delete', params });
  return claimed(actor, claimOf(chat_id, seq), change, true);
};

export const react: Action = (actor) => {
  const chat = someChat(actor);
  const free = (chat?.latest ?? []).filter(({ seq, isService }) => !isService && isFree(actor, chat!, seq));
  if (chat === undefined || free.length === 0) return null;
  const { seq } = actor.random.pick(free);
  const params = { chat_id: chat.chatId, seq, emoji: actor.random.pick(emojis), client_request_id: uuidV7() };
  return claimed(actor, claimOf(chat.chatId, seq), () => act(actor, { method: 'messages.react', params }));
};

export const read: Action = (actor) => {
  const unread = actor.device.log.chats.all().filter(({ lastSeq, readSeq }) => lastSeq > readSeq);
  if (unread.length === 0) return null;
  const { chatId, lastSeq } = actor.random.pick(unread);
  return act(actor, { method: 'messages.read', params: { chat_id: chatId, seq: lastSeq } });
};

export const acknowledge: Action = (actor) =>
  act(actor, { method: 'updates.ack', params: { pts: actor.device.log.pts } });

export function someChat({ device, random }: Actor): KnownChat | undefined {
  const chats = device.log.chats.all();
  return chats.length === 0 ? undefined : random.pick(chats);
}

function ownTarget(actor: Actor): { chat_id: string; seq: number } | null {
  const chat = someChat(actor);
  const own = (chat?.latest ?? []).filter(
    ({ seq, senderDevice, isService }) =>
      senderDevice === actor.device.deviceId && !isService && isFree(actor, chat!, seq),
  );
  return chat === undefined || own.length === 0
    ? null
    : { chat_id: chat.chatId, seq: actor.random.pick(own).seq };
}

const isFree = ({ claims }: Actor, { chatId }: KnownChat, seq: number): boolean =>
  !claims.has(claimOf(chatId, seq));
