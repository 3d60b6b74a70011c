import { expect, test } from 'vitest';
import { MemoryStore, type StoredValue } from './local-store.js';
import { requestOf, type OutboxItem } from './outbox-item.js';
import { upgradeStore } from './stored-format.js';

const chat_id = '0198c5a0-0000-7000-8000-000000000001';
const id = '0198c5a0-0000-7000-8000-00000000000a';
const content = { type: 'text', text: 'hello' } as const;
const message = { chat_id, seq: 12, chat_pts: 13, client_msg_id: 'm' };

async function upgraded(records: Readonly<Record<string, StoredValue>>) {
  const store = new MemoryStore();
  await store.commit(new Map(Object.entries(records)));
  await upgradeStore(store);
  return store;
}

test('of a store of the first version, what waits to be sent is taken over; what came from the log comes again', async () => {
  const outgoing = { client_msg_id: id, chat_id, content, reply_to_seq: 3, queued_at_ms: 5, order: 7 };
  const kept = { credentials: { access_token: 'a' }, [`read/${chat_id}`]: 2 };
  const store = await upgraded({
    ...kept,
    sync: { pts: 4 },
    [`outbox/${id}`]: { ...outgoing, attempted: true },
    [`message/${chat_id}/12`]: message,
  });
  const records = await store.load();
  const item = records.get(`outbox/${id}`) as OutboxItem;
  expect(requestOf(item)).toEqual({
    method: 'messages.send',
    params: { chat_id, client_msg_id: id, content, reply_to_seq: 3 },
  });
  expect(item).toMatchObject({ state: 'attempted', order: 7 });
  expect(Object.fromEntries(records)).toEqual({
    ...kept,
    format: 3,
    [`outbox/${id}`]: item,
  });
});

test('so it is of one of the second, which knows no contacts', async () => {
  const kept = { credentials: { access_token: 'a' }, [`outbox/${id}`]: { id, kind: 'send' } };
  const store = await upgraded({ format: 2, ...kept, sync: { pts: 4 }, [`message/${chat_id}/12`]: message });
  expect(Object.fromEntries(await store.load())).toEqual({ ...kept, format: 3 });
});

test('a store of this version stays as it is', async () => {
  const store = await upgraded({ format: 3, [`message/${chat_id}/12`]: message });
  expect([...(await store.load()).keys()]).toEqual(['format', `message/${chat_id}/12`]);
});

test('a store of a newer version is refused, and left as it is', async () => {
  const newer = upgraded({ format: 4 });
  await expect(newer).rejects.toMatchObject({ code: 'STORE_NEWER', retryable: false });
});
