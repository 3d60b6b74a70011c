/** One random act of a device for each command that there is: what histories by chance are made of. */
import { methods } from '#protocol/methods.js';
import { v7 as uuidV7 } from 'uuid';
import type { Person } from './person.js';
import type { Random } from './random.js';

export interface Surroundings {
  readonly random: Random;
  /** Chats that were made so far; an act may add one. */
  readonly chats: string[];
  readonly people: readonly Person[];
}

type Act = (device: Person, around: Surroundings) => Promise<unknown>;

const hour_ms = 60 * 60 * 1000;

const chatOf = ({ random, chats }: Surroundings) => random.pick(chats);
const someone = ({ random, people }: Surroundings) => random.pick(people).userId;
const someoneElse = ({ userId }: Person, { random, people }: Surroundings) =>
  random.pick(people.filter((other) => other.userId !== userId)).userId;
const text = ({ random }: Surroundings) => ({ type: 'text', text: `text ${random.integer(1_000_000)}` });
const either = ({ random }: Surroundings) => random.integer(2) === 0;

/** A message that this device was shown; the first one where there is none. */
const someSeq = (device: Person, chat_id: string, { random }: Surroundings): number => {
  const shown = device.log.filter(
    ({ update }) => update.chat_id === chat_id && update.type === 'message.new',
  );
  return shown.length === 0 ? 1 : Number(random.pick(shown).update.seq);
};
/** The last one: the others learn of reading only when it is further than anybody was. */
const lastSeq = (device: Person, chat_id: string): number =>
  Number(device.log.findLast(({ update }) => update.chat_id === chat_id && update.seq)?.update.seq ?? 1);

/** That this device was told of; none that there is, where there was none. */
const lastCall = (device: Person) => {
  const told: any = device.log.findLast(({ update }) => update.type === 'call')?.update.call;
  return { chat_id: told?.chat_id ?? uuidV7(), call_id: told?.call_id ?? uuidV7() };
};

const aboutMessage = (device: Person, around: Surroundings) => {
  const chat_id = chatOf(around);
  return { chat_id, seq: someSeq(device, chat_id, around) };
};

export const acts: Readonly<Record<string, Act>> = {
  'chats.create': async (device, around) => {
    const group = { kind: 'group', title: 'Another', member_ids: [someoneElse(device, around)] };
    around.chats.push((await device.create(group)).chat.chat_id);
  },
  'chats.addMembers': (device, around) =>
    device.request('chats.addMembers', { chat_id: chatOf(around), user_ids: [someone(around)] }),
  'chats.removeMember': (device, around) =>
    device.request('chats.removeMember', { chat_id: chatOf(around), user_id: someone(around) }),
  'chats.leave': (device, around) => device.request('chats.leave', { chat_id: chatOf(around) }),
  'chats.setMuted': (device, around) => {
    const until_ms = either(around) ? null : Date.now() + hour_ms;
    return device.request('chats.setMuted', { chat_id: chatOf(around), until_ms });
  },
  'chats.setArchived': (device, around) =>
    device.request('chats.setArchived', { chat_id: chatOf(around), archived: either(around) }),
  'chats.setPinned': (device, around) =>
    device.request('chats.setPinned', { chat_id: chatOf(around), pinned: either(around) }),
  'chats.update': (device, around) => {
    const word = `${around.random.integer(1_000)}`;
    const change = around.random.pick([
      { title: word },
      { description: word },
      { description: null },
      { photo_media_id: uuidV7() },
      { history: either(around) ? 'all' : 'joined' },
      { permissions: { add_members: 'member', change_info: 'member' } },
    ]);
    return device.request('chats.update', { chat_id: chatOf(around), ...change });
  },
  'chats.setRole': (device, around) => {
    const role = around.random.pick(['owner', 'admin', 'member']);
    return device.request('chats.setRole', { chat_id: chatOf(around), user_id: someone(around), role });
  },
  'chats.ban': (device, around) =>
    device.request('chats.ban', { chat_id: chatOf(around), user_id: someone(around) }),
  'chats.unban': (device, around) =>
    device.request('chats.unban', { chat_id: chatOf(around), user_id: someone(around) }),
  'messages.send': (device, around) => device.send(chatOf(around), text(around).text),
  'messages.edit': (device, around) =>
    device.request('messages.edit', { ...aboutMessage(device, around), content: text(around) }),
  'messages.delete': (device, around) => {
    const { chat_id, seq } = aboutMessage(device, around);
    const whom = either(around) ? 'everyone' : 'me';
    return device.request('messages.delete', { chat_id, seqs: [seq], for: whom });
  },
  'messages.react': (device, around) => {
    const emoji = around.random.pick(['👍', '❤️', '🔥', null]);
    return device.request('messages.react', { ...aboutMessage(device, around), emoji });
  },
  'messages.read': (device, around) => {
    const chat_id = chatOf(around);
    return device.request('messages.read', { chat_id, seq: lastSeq(device, chat_id) });
  },
  'typing.set': (device, around) => {
    const chat_id = chatOf(around);
    const read_seq = either(around) ? lastSeq(device, chat_id) : undefined;
    return device.request('typing.set', { chat_id, action: 'typing', read_seq });
  },
  'calls.request': (device, around) => {
    const kind = around.random.pick(['audio', 'video']);
    return device.request('calls.request', { user_id: someoneElse(device, around), kind, payload: 'offer' });
  },
  'calls.accept': (device) => device.request('calls.accept', lastCall(device)),
  'calls.signal': (device) => device.request('calls.signal', { ...lastCall(device), payload: 'candidate' }),
  'calls.discard': (device) => device.request('calls.discard', { ...lastCall(device), reason: 'hangup' }),
  'updates.ack': (device) => device.request('updates.ack', { pts: device.pts }),
  'users.block': async (device, around) =>
    either(around) ? device.request('users.block', { user_id: someoneElse(device, around) }) : undefined,
  'users.unblock': (device, around) =>
    device.request('users.unblock', { user_id: someoneElse(device, around) }),
  'users.update': (device, around) => {
    const display_name = `Name ${around.random.integer(1_000)}`;
    return device.request('users.update', either(around) ? { display_name } : { about: display_name });
  },
  'users.setPrivacy': (device, { random }) =>
    device.request('users.setPrivacy', { last_seen: random.pick(['everybody', 'contacts', 'nobody']) }),
  'contacts.set': (device, around) => {
    const nickname = around.random.pick(['Benny', 'B.', '', null]);
    return device.request('contacts.set', { user_id: someoneElse(device, around), nickname });
  },
  // A device that is not there: one that is signed out would live no further.
  'devices.revoke': (device) =>
    device.request('devices.revoke', { device_id: uuidV7(), client_request_id: uuidV7() }),
};

/** How often a device does what, where it is not twice. */
const times: Readonly<Record<string, number>> = {
  'chats.create': 1,
  'chats.leave': 1,
  'chats.ban': 1,
  'users.block': 1,
  'messages.read': 6,
  'messages.send': 12,
  'updates.ack': 4,
  'contacts.set': 4,
};

/** What one device does in its life: every act that there is, in random order. */
export const lifeOf = ({ random }: Surroundings): readonly Act[] =>
  random
    .shuffled(Object.keys(acts).flatMap((name) => Array<string>(times[name] ?? 2).fill(name)))
    .map((name) => acts[name]!);

/** Every command of the protocol, and what else is written to somebody's log. */
export const commands: readonly string[] = [
  ...Object.entries(methods)
    .filter(([, { route }]) => route === 'chat-command' || route === 'account-command')
    .map(([name]) => name),
  'updates.ack',
].sort();
