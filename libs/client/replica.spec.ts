import { untold } from '#domain/user-log/fold.js';
import { expect, test } from 'vitest';
import type { ChatNewUpdate, MessageUpdate, Update } from '#domain/user-log/update.js';
import { keysUnder, MemoryStore, type LocalStore } from './local-store.js';
import { chat_messages_max, memory_messages_max, Replica } from './replica.js';

const chat_id = '0198c5a0-0000-7000-8000-000000000001';
const me = 'me';
const position = (pts: number) => ({ pts, sync_token: `t${pts}`, hash: `h${pts}` });

const chatNew: ChatNewUpdate = {
  type: 'chat.new',
  chat_id,
  chat_pts: 1,
  visible_from_seq: 1,
  read_seq: 0,
  role: 'member',
  chat: {
    chat_id,
    kind: 'group',
    title: 'ours',
    ...untold,
    photo_media_id: null,
    created_at_ms: 1,
    last_seq: 0,
    member_count: 2,
  },
};
const messageNew = (seq: number): MessageUpdate => ({
  type: 'message.new',
  chat_id,
  chat_pts: seq + 1,
  seq,
  message: {
    chat_id,
    seq,
    chat_pts: seq + 1,
    client_msg_id: `m${seq}`,
    sender_id: 'someone',
    sender_device_id: 'd',
    date_ms: seq,
    content: { type: 'text', text: `text ${seq}` },
    reactions: [],
  },
});

async function restored(store: LocalStore, userId = me): Promise<Replica> {
  const replica = new Replica(userId, store);
  await replica.restore();
  return replica;
}

async function filled(messages: number): Promise<{ store: MemoryStore; replica: Replica }> {
  const store = new MemoryStore();
  const replica = await restored(store);
  replica.apply(chatNew, position(1));
  for (let seq = 1; seq <= messages; seq++) replica.apply(messageNew(seq), position(seq + 1));
  return { store, replica };
}

const seqsOf = async (replica: Replica, first: number, last: number): Promise<number[]> =>
  (await replica.stored(chat_id, first, last)).map(({ seq }) => seq);

test('what was stored is there again, with the place in the log that it belongs to', async () => {
  const { store, replica } = await filled(3);
  expect(await replica.store()).toBe(4);
  replica.apply(messageNew(4), position(5));
  const again = await restored(store);
  expect(again.position).toEqual(position(4));
  expect(again.messages(chat_id)).toEqual(replica.messages(chat_id).slice(0, 3));
  expect(again.chat(chat_id)).toMatchObject({ last_seq: 3, unread_count: 3 });
});

test('a commit that failed is made good by the next', async () => {
  const { store, replica } = await filled(2);
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new Error('disk full'));
  await expect(replica.store()).rejects.toThrow('disk full');
  store.commit = commit;
  await replica.store();
  expect((await restored(store)).messages(chat_id)).toHaveLength(2);
});

test('a removed chat leaves nothing in the store', async () => {
  const { store, replica } = await filled(3);
  await replica.store();
  replica.apply({ type: 'chat.removed', chat_id, chat_pts: 9 }, position(5));
  await replica.store();
  expect([...(await store.load()).keys()]).toEqual(['sync']);
});

test('a snapshot takes the place of everything, in the store too', async () => {
  const { store, replica } = await filled(3);
  await replica.store();
  replica.replace({ chats: [], messages: [] }, position(9));
  await replica.store();
  expect(await store.load()).toEqual(
    new Map<string, unknown>([
      ['privacy', { last_seen: 'everybody' }],
      ['sync', { ...position(9), user_id: me }],
    ]),
  );
});

// Seen failing: with `contactKey` not touched when one is gone, and with privacy not read back.
test('contacts and privacy are there again, from a snapshot and from what changed since', async () => {
  const { store, replica } = await filled(1);
  const contacts = ['ben', 'cleo', 'dan'].map((user_id) => ({ user_id, nickname: '' }));
  replica.replace({ chats: [], contacts, privacy: { last_seen: 'nobody' } }, position(9));
  await replica.store();
  expect((await restored(store)).privacy).toEqual({ last_seen: 'nobody' });
  replica.apply({ type: 'contact.changed', user_id: 'ben', nickname: 'Benny' }, position(10));
  replica.apply({ type: 'contact.changed', user_id: 'cleo', nickname: null }, position(11));
  replica.apply({ type: 'privacy.changed', last_seen: 'contacts' }, position(12));
  await replica.store();
  for (const each of [replica, await restored(store)]) {
    expect(each.contacts().toSorted((one, other) => (one.user_id < other.user_id ? -1 : 1))).toEqual([
      { user_id: 'ben', nickname: 'Benny' },
      { user_id: 'dan', nickname: '' },
    ]);
    expect([each.nickname('ben'), each.nickname('cleo'), each.privacy.last_seen]).toEqual([
      'Benny',
      undefined,
      'contacts',
    ]);
  }
});

test('what another user stored is not taken over, and goes', async () => {
  const { store, replica } = await filled(1);
  await replica.store();
  const other = await restored(store, 'other');
  expect([other.position, other.chats()]).toEqual([null, []]);
  other.replace({ chats: [], messages: [] }, position(1));
  await other.store();
  expect([...(await store.load()).keys()]).toEqual(['privacy', 'sync']);
  expect((await store.load()).get('sync')).toEqual({ ...position(1), user_id: 'other' });
});

test('the latest messages of a chat are in memory, more of them in the store', async () => {
  const { store, replica } = await filled(chat_messages_max + 2);
  expect(replica.messages(chat_id)).toHaveLength(chat_messages_max);
  await replica.store();
  for (const each of [replica, await restored(store)]) {
    const seqs = each.messages(chat_id).map(({ seq }) => seq);
    expect([seqs[0], seqs.at(-1)]).toEqual([
      chat_messages_max + 3 - memory_messages_max,
      chat_messages_max + 2,
    ]);
    expect(await seqsOf(each, 1, 10)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  }
});

test('the store keeps no more than its maximum of a chat', async () => {
  const { store, replica } = await filled(chat_messages_max);
  await replica.store();
  for (const seq of [1, 2]) replica.apply(messageNew(chat_messages_max + seq), position(900 + seq));
  await replica.store();
  const keys = [...(await store.load(keysUnder(`message/${chat_id}/`))).keys()];
  expect([keys.length, keys[0]]).toEqual([chat_messages_max, `message/${chat_id}/0000000000000003`]);
});

test('what comes while a commit is made does not go from memory before it is stored', async () => {
  const { store, replica } = await filled(1);
  const commit = store.commit.bind(store);
  store.commit = async (changes) => {
    for (let seq = 2; seq <= memory_messages_max + 9; seq++)
      replica.apply(messageNew(seq), position(seq + 1));
    await commit(changes);
  };
  await replica.store();
  store.commit = commit;
  await replica.store();
  expect(replica.messages(chat_id)).toHaveLength(memory_messages_max);
  expect(await seqsOf(await restored(store), 1, 9)).toHaveLength(9);
});

test('what changed of a message that is not in memory is not in the store any more', async () => {
  const { store, replica } = await filled(memory_messages_max + 9);
  await replica.store();
  const { message, ...update } = messageNew(5);
  const edited = { ...message, chat_pts: 900, content: { type: 'text', text: 'edited' } as const };
  replica.apply({ ...update, type: 'message.edited', chat_pts: 900, message: edited }, position(200));
  const deleted = {
    type: 'message.deleted',
    chat_id,
    chat_pts: 901,
    seq: 7,
    deleted_by: 'x',
    date_ms: 1,
  } as const;
  replica.apply(deleted, position(201));
  expect(await seqsOf(replica, 1, 9)).toEqual([8, 9]);
  await replica.store();
  for (const each of [replica, await restored(store)]) {
    expect(await seqsOf(each, 1, 9)).toEqual([8, 9]);
    expect(await seqsOf(each, 1, 4)).toEqual([1, 2, 3, 4]);
  }
});

test('a change that comes while older messages are read is not missed', async () => {
  const { replica } = await filled(memory_messages_max + 9);
  await replica.store();
  const reading = seqsOf(replica, 1, 9);
  replica.apply({ ...messageNew(5), type: 'message.edited', chat_pts: 900 }, position(200));
  expect(await reading).toEqual([]);
});

test('updates of types that it does not know only move the place', async () => {
  const { replica } = await filled(1);
  const unknown = { type: 'poll.opened', chat_id, chat_pts: 7 } as unknown as MessageUpdate;
  replica.apply(unknown, position(3));
  expect([replica.position, replica.chat(chat_id)?.chat_pts]).toEqual([position(3), 2]);
});

test('fetched messages are kept: in memory what adjoins, in the store the others', async () => {
  const store = new MemoryStore();
  const replica = await restored(store);
  replica.apply(chatNew, position(1));
  replica.apply(messageNew(700), position(2));
  replica.keep(
    chat_id,
    [150, 200, 300, 301, 698, 699, 701].map((seq) => messageNew(seq).message),
  );
  expect(replica.messages(chat_id).map(({ seq }) => seq)).toEqual([698, 699, 700]);
  for (const each of [replica, replica, await (async () => (await replica.store(), restored(store)))()]) {
    expect(await seqsOf(each, 290, 301)).toEqual([300, 301]);
    expect(await seqsOf(each, 100, 200)).toEqual([]);
    expect(await seqsOf(each, 1, 700)).toEqual([698, 699, 700]);
  }
});

test('a fetched message that changes before it is stored is not stored', async () => {
  const { store, replica } = await filled(memory_messages_max + 9);
  await replica.store();
  const before = replica.unseenChanges(chat_id);
  replica.keep(chat_id, [messageNew(5).message]);
  replica.apply({ ...messageNew(5), type: 'message.edited', chat_pts: 900 }, position(200));
  expect(replica.unseenChanges(chat_id)).toBe(before + 1);
  await replica.store();
  expect(await seqsOf(await restored(store), 5, 5)).toEqual([]);
});

test('what goes while a commit is prepared goes with its place in the log', async () => {
  const { store, replica } = await filled(3);
  await replica.store();
  const load = store.load.bind(store);
  store.load = async (range) => {
    const records = await load(range);
    // Once, while the first removed chat's records are looked up.
    store.load = load;
    replica.apply(chatNew, position(11));
    replica.apply(messageNew(1), position(12));
    replica.apply({ type: 'chat.removed', chat_id, chat_pts: 9 }, position(13));
    return records;
  };
  replica.apply({ type: 'chat.removed', chat_id, chat_pts: 9 }, position(10));
  expect(await replica.store()).toBe(13);
  expect([...(await store.load()).keys()]).toEqual(['sync']);
});

// Seen failing without the fields of today.
test('a chat that an earlier version of the SDK has stored is shown with what every chat had then', async () => {
  const { store, replica } = await filled(1);
  await replica.store();
  const key = `chat/${chat_id}`;
  const {
    description: _none,
    permissions: _all,
    history: _from,
    ...before
  } = (await store.load()).get(key) as any;
  await store.commit(new Map([[key, before]]));
  expect((await restored(store)).chat(chat_id)).toEqual(replica.chat(chat_id));
  expect(replica.chat(chat_id)).toMatchObject(untold);
});

const hiding = (...seqs: readonly number[]): Update => ({
  type: 'messages.hidden',
  chat_id,
  chat_pts: 2,
  seqs,
});

/** Seen failing: without `messages.hidden` among what changes messages. */
test('what is hidden is hidden in the store too, and after a restart, whether it is in memory or not', async () => {
  const { store, replica } = await filled(memory_messages_max + 20);
  await replica.store();
  const mark = replica.unseenChanges(chat_id);
  replica.apply(hiding(5, memory_messages_max + 20), position(memory_messages_max + 22));
  expect(replica.unseenChanges(chat_id)).toBe(mark + 1);
  await replica.store();
  const again = await restored(store);
  expect(JSON.stringify([...(await store.load()).values()])).not.toMatch(/text 5"|text 120"/);
  expect(again.messages(chat_id).at(-1)).toMatchObject({ seq: memory_messages_max + 20, hidden: true });
  expect(again.chat(chat_id)?.last_message?.seq).toBe(memory_messages_max + 19);
});

const expiring = (seq: number, expires_at_ms: number): MessageUpdate => {
  const update = messageNew(seq);
  return { ...update, message: { ...update.message, expires_at_ms } };
};

/** Seen failing: without `asOf`, without `forgetDue` at the restart, and without records of times. */
test('what is due is shown no more, at once, and goes from the store, also of what is not in memory', async () => {
  const store = new MemoryStore();
  let nowMs = 1_000;
  const open = async () => {
    const replica = new Replica(me, store, () => nowMs);
    await replica.restore();
    return replica;
  };
  const replica = await open();
  replica.apply(chatNew, position(1));
  const count = memory_messages_max + 20;
  for (let seq = 1; seq <= count; seq++)
    replica.apply(seq % 50 === 0 ? expiring(seq, 5_000 + seq) : messageNew(seq), position(seq + 1));
  await replica.store();
  expect(replica.nextDueMs).toBe(5_050);
  const words = async () => JSON.stringify([...(await store.load()).values()]);
  nowMs = 5_050;
  expect((await replica.stored(chat_id, 50, 50))[0]).toMatchObject({ seq: 50, deleted: true });
  expect([...(await replica.forgetDue(nowMs))]).toEqual([chat_id]);
  await replica.store();
  expect(await words()).not.toContain('text 50"');
  expect(await seqsOf(replica, 1, count)).toHaveLength(count);
  expect(await words()).toContain('text 100"');
  // Due while nobody ran.
  nowMs = 6_000;
  const again = await open();
  expect(again.messages(chat_id).find(({ seq }) => seq === 100)).toMatchObject({ deleted: true });
  await again.store();
  expect(await words()).not.toContain('text 100"');
  expect([...(await store.load()).keys()].filter((key) => key.startsWith('expiry/'))).toEqual([]);
  expect(again.nextDueMs).toBe(Infinity);
});

test('what was deleted before its time has no time any more', async () => {
  const { store, replica } = await filled(1);
  replica.apply(expiring(2, Date.now() + 60_000), position(3));
  await replica.store();
  replica.apply(
    { type: 'message.deleted', chat_id, chat_pts: 9, seq: 2, deleted_by: 'x', date_ms: 1 },
    position(4),
  );
  await replica.store();
  expect([...(await store.load()).keys()].filter((key) => key.startsWith('expiry/'))).toEqual([]);
});
