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

test('a store of the first version is taken over whole', async () => {
  const outgoing = { client_msg_id: id, chat_id, content, reply_to_seq: 3, queued_at_ms: 5, order: 7 };
  const kept = { credentials: { access_token: 'a' }, sync: { pts: 4 }, [`read/${chat_id}`]: 2 };
  const store = await upgraded({
    ...kept,
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
    format: 2,
    [`outbox/${id}`]: item,
    [`message/${chat_id}/0000000000000012`]: message,
  });
});

test('a store of this version stays as it is', async () => {
  const store = await upgraded({ format: 2, [`message/${chat_id}/12`]: message });
  expect([...(await store.load()).keys()]).toEqual(['format', `message/${chat_id}/12`]);
});

test('a store of a newer version is refused, and left as it is', async () => {
  const newer = upgraded({ format: 3 });
  await expect(newer).rejects.toMatchObject({ code: 'STORE_NEWER', retryable: false });
});
