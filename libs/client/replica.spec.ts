import { expect, test } from 'vitest';
import type { ChatNewUpdate, MessageUpdate } from '#domain/user-log/update.js';
import { MemoryStore, type LocalStore } from './local-store.js';
import { chat_messages_max, Replica } from './replica.js';

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
  replica.restore(await store.load());
  return replica;
}

async function filled(messages: number): Promise<{ store: MemoryStore; replica: Replica }> {
  const store = new MemoryStore();
  const replica = await restored(store);
  replica.apply(chatNew, position(1));
  for (let seq = 1; seq <= messages; seq++) replica.apply(messageNew(seq), position(seq + 1));
  return { store, replica };
}

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
  expect(await store.load()).toEqual(new Map([['sync', { ...position(9), user_id: me }]]));
});

test('what another user stored is not taken over, and goes', async () => {
  const { store, replica } = await filled(1);
  await replica.store();
  const other = await restored(store, 'other');
  expect([other.position, other.chats()]).toEqual([null, []]);
  other.replace({ chats: [], messages: [] }, position(1));
  await other.store();
  expect(await store.load()).toEqual(new Map([['sync', { ...position(1), user_id: 'other' }]]));
});

test('keeps the latest messages of a chat, up to its maximum', async () => {
  const { store, replica } = await filled(chat_messages_max + 2);
  await replica.store();
  const kept = (await restored(store)).messages(chat_id).map(({ seq }) => seq);
  expect([kept.length, kept[0]]).toEqual([chat_messages_max, 3]);
});

test('updates of types that it does not know only move the place', async () => {
  const { replica } = await filled(1);
  const unknown = { type: 'poll.opened', chat_id, chat_pts: 7 } as unknown as MessageUpdate;
  replica.apply(unknown, position(3));
  expect([replica.position, replica.chat(chat_id)?.chat_pts]).toEqual([position(3), 2]);
});

test('fetched messages are kept where they leave no hole', async () => {
  const store = new MemoryStore();
  const replica = await restored(store);
  replica.apply(chatNew, position(1));
  replica.apply(messageNew(10), position(2));
  replica.hold(
    chat_id,
    [1, 2].map((seq) => messageNew(seq).message),
  );
  expect(replica.messages(chat_id).map(({ seq }) => seq)).toEqual([10]);
  replica.hold(
    chat_id,
    [8, 9].map((seq) => messageNew(seq).message),
  );
  expect(replica.messages(chat_id).map(({ seq }) => seq)).toEqual([8, 9, 10]);
});
