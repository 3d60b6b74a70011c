/** For every type of update: what brings it about, and who is told by it. */
import assert from 'node:assert/strict';
import type { WireUpdate } from '../support/wire-client.js';
import type { Check } from './check.js';
import { signInBy, type Participant } from './participant.js';
import { expectShape } from './shape.js';
import { updateNotification, updateShapes } from './update-shapes.js';
import { says, type SharedChat, type World } from './world.js';

export interface UpdateEntry {
  /** What the protocol says of it. */
  readonly says: string;
  /** Does what brings it about, and answers who is told, and by which. */
  provoke(world: World): Promise<Told>;
  /** The spec that takes it apart from inside. */
  readonly spec: string;
}
interface Told {
  readonly who: Participant;
  /** Of the updates of the type. */
  which(update: Record<string, any>): boolean;
}

const messenger = 'test/e2e/messenger.int.spec.ts';
const render = 'libs/domain/user-log/render.spec.ts';

/** In a group of its own, that Bob has heard of. */
async function group(world: World): Promise<SharedChat> {
  const made = await world.freshGroup();
  await world.bob.sees('message.new', isNew(made));
  return made;
}
const isNew =
  ({ chat_id, seq }: SharedChat) =>
  (update: Record<string, any>): boolean =>
    update['type'] === 'message.new' && update['chat_id'] === chat_id && update['seq'] === seq;
const of =
  ({ chat_id }: { chat_id: string }) =>
  (update: Record<string, any>): boolean =>
    update['chat_id'] === chat_id;

/** Ann does it to her message, Bob is told. */
const toMessage =
  (method: string, more: object) =>
  async (world: World): Promise<Told> => {
    const made = await group(world);
    const { chat_id, seq } = made;
    await world.ann.json.request(method, { chat_id, seq, ...more });
    return { who: world.bob, which: of(made) };
  };

const ownDevices =
  'Every durable action of a device reaches all the user’s devices this way, the acting one too.';

/** Somebody new does it over HTTP, and hears of it on their session. */
const own =
  (method: string, params: object) =>
  async (world: World): Promise<Told> => {
    const newcomer = await world.newcomer();
    await newcomer.rpc.request(method, params);
    return { who: newcomer, which: () => true };
  };

/** Ann has it so, and hears of it on her other session. */
async function blocked(world: World): Promise<Told> {
  const newcomer = await world.newcomer();
  await world.ann.json.request('users.block', { user_id: newcomer.userId });
  await world.ann.json.request('users.unblock', { user_id: newcomer.userId });
  return { who: world.ann, which: ({ user_id }) => user_id === newcomer.userId };
}

export const updateEntries: Readonly<Record<string, UpdateEntry>> = {
  'message.new': {
    says: 'Every update that concerns a message carries `chat_id`, `chat_pts`, `seq` and enough to be applied without another request.',
    provoke: async (world) => ({ who: world.bob, which: of(await group(world)) }),
    spec: messenger,
  },
  'message.edited': {
    says: '`message.edited {message}`',
    provoke: toMessage('messages.edit', { content: says('better words') }),
    spec: messenger,
  },
  'message.deleted': {
    says: '`message.deleted {chat_id, seq, deleted_by, date_ms}` (the tombstone)',
    provoke: async (world) => {
      const made = await group(world);
      const { chat_id, seq } = made;
      await world.ann.json.request('messages.delete', { chat_id, seqs: [seq], for: 'everyone' });
      return { who: world.bob, which: of(made) };
    },
    spec: messenger,
  },
  'message.reaction': {
    says: '`message.reaction {chat_id, seq, user_id, emoji | null}`',
    provoke: toMessage('messages.react', { emoji: '👍' }),
    spec: messenger,
  },
  'read.inbox': {
    says: '`read.inbox` (this user read, on any device)',
    provoke: async (world) => {
      const made = await group(world);
      await world.bob.rpc.request('messages.read', { chat_id: made.chat_id, seq: made.seq });
      return { who: world.bob, which: ({ chat_id, seq }) => chat_id === made.chat_id && seq === made.seq };
    },
    spec: messenger,
  },
  'read.outbox': {
    says: '`read.outbox {chat_id, seq}` (the highest that anyone else read)',
    provoke: async (world) => {
      const made = await group(world);
      await world.bob.json.request('messages.read', { chat_id: made.chat_id, seq: made.seq });
      return { who: world.ann, which: ({ chat_id, seq }) => chat_id === made.chat_id && seq === made.seq };
    },
    spec: messenger,
  },
  'delivered.outbox': {
    says: '`updates.ack` drives the “delivered” tick.',
    provoke: async (world) => {
      const made = await group(world);
      const { pts } = await world.bob.sees('message.new', isNew(made));
      await world.bob.json.request('updates.ack', { pts });
      return { who: world.ann, which: ({ chat_id, seq }) => chat_id === made.chat_id && seq === made.seq };
    },
    spec: messenger,
  },
  'chat.changed': {
    says: '`chat.changed {chat_id, changed fields}`',
    provoke: async (world) => {
      const made = await group(world);
      await world.ann.json.request('chats.update', { chat_id: made.chat_id, title: 'Renamed' });
      return {
        who: world.bob,
        which: ({ chat_id, title }) => chat_id === made.chat_id && title === 'Renamed',
      };
    },
    spec: messenger,
  },
  'chat.new': {
    says: '`chat.new {chat}`',
    provoke: async (world) => ({ who: world.bob, which: of(await world.freshGroup()) }),
    spec: messenger,
  },
  'chat.members': {
    says: '`chat.members {chat_id, added: [{user_id, role}], removed: [user_id], changed: [{user_id, role}], member_count}`',
    provoke: async (world) => {
      const made = await group(world);
      await world.ann.json.request('chats.addMembers', {
        chat_id: made.chat_id,
        user_ids: [world.cat.userId],
      });
      return {
        who: world.bob,
        which: ({ chat_id, added }) => chat_id === made.chat_id && added[0]?.user_id === world.cat.userId,
      };
    },
    spec: messenger,
  },
  'chat.removed': {
    says: '`chat.removed {chat_id}`',
    provoke: async (world) => {
      const made = await group(world);
      await world.ann.json.request('chats.removeMember', {
        chat_id: made.chat_id,
        user_id: world.bob.userId,
      });
      return { who: world.bob, which: of(made) };
    },
    spec: messenger,
  },
  'chat.settings': {
    says: '`chat.settings {chat_id, muted_until_ms, archived, pinned}` (mute, archive, pin: this user’s)',
    provoke: async (world) => {
      const made = await group(world);
      await world.bob.json.request('chats.setArchived', { chat_id: made.chat_id, archived: true });
      return {
        who: world.bob,
        which: ({ chat_id, archived }) => chat_id === made.chat_id && archived === true,
      };
    },
    spec: messenger,
  },
  'messages.hidden': {
    says: '`messages.hidden` (deleted for me)',
    provoke: async (world) => {
      const made = await group(world);
      const { chat_id, seq } = made;
      await world.bob.rpc.request('messages.delete', { chat_id, seqs: [seq], for: 'me' });
      return { who: world.bob, which: of(made) };
    },
    spec: messenger,
  },
  call: {
    says: 'state changes are `call` updates',
    provoke: async (world) => {
      const newcomer = await world.newcomer();
      const asked = { user_id: newcomer.userId, kind: 'audio' };
      const { call } = await world.ann.json.request('calls.request', asked);
      return { who: newcomer, which: of(call) };
    },
    spec: 'apps/command-handler/chat/calls.spec.ts',
  },
  'device.added': {
    says: ownDevices,
    provoke: async (world) => {
      const newcomer = await world.newcomer();
      const { device_id } = await signInBy(world.url, newcomer.phone, 'second');
      return { who: newcomer, which: ({ device }) => device.device_id === device_id };
    },
    spec: render,
  },
  'device.removed': {
    says: '`device.removed`',
    provoke: async (world) => {
      const newcomer = await world.newcomer();
      const { device_id, access_token } = await signInBy(world.url, newcomer.phone, 'second');
      const authorization = `Bearer ${access_token}`;
      const { status } = await fetch(`${world.url}/v1/auth/logout`, {
        method: 'POST',
        headers: { authorization },
      });
      assert.equal(status, 204, 'POST /v1/auth/logout');
      return { who: newcomer, which: (update) => update['device_id'] === device_id };
    },
    spec: render,
  },
  'user.changed': { says: ownDevices, provoke: own('users.update', { about: 'Changed' }), spec: messenger },
  'privacy.changed': {
    says: ownDevices,
    provoke: own('users.setPrivacy', { last_seen: 'nobody' }),
    spec: messenger,
  },
  'contact.changed': {
    says: ownDevices,
    provoke: async (world) => {
      const newcomer = await world.newcomer();
      await world.ann.json.request('contacts.set', { user_id: newcomer.userId, nickname: 'New' });
      return { who: world.ann, which: ({ user_id }) => user_id === newcomer.userId };
    },
    spec: messenger,
  },
  'user.blocked': {
    says: ownDevices,
    provoke: blocked,
    spec: messenger,
  },
  'user.unblocked': {
    says: ownDevices,
    provoke: blocked,
    spec: messenger,
  },
};

export const updateChecks: readonly Check[] = Object.entries(updateEntries).map(
  ([type, { says: sentence, provoke }]) => ({
    name: `update ${type}`,
    section: 4,
    says: sentence,
    run: async (world) => {
      const { who, which } = await provoke(world);
      const told = await who.sees(type, (update) => update['type'] === type && which(update));
      expectUpdate(told);
    },
  }),
);

export function expectUpdate(told: WireUpdate): void {
  expectShape(updateNotification, told, 'params');
  assert.ok(updateShapes[told.update.type], `${told.update.type} is a type of the protocol`);
}
