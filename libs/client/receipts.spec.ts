import { expect, test } from 'vitest';
import { back_off_max_ms } from './back-off.js';
import { MemoryStore } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { Receipts } from './receipts.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';

async function world(store = new MemoryStore()) {
  const environment = new VirtualEnvironment(1);
  const sent: string[] = [];
  const problems: string[] = [];
  let error: OdnixError | null = null;
  const answer = async (line: string): Promise<void> => {
    sent.push(line);
    if (error) throw error;
  };
  const receipts = new Receipts({
    environment,
    store,
    ack: (pts) => answer(`ack ${pts}`),
    read: (chatId, seq) => answer(`read ${chatId} ${seq}`),
    onError: (problem) => problems.push(String(problem)),
  });
  receipts.restore(await store.load());
  const fails = (retryable: boolean): void =>
    void (error = new OdnixError('UNAVAILABLE', 'a fault', { retryable }));
  return { environment, store, receipts, sent, problems, fails, works: () => void (error = null) };
}

test('marks that come together are one request each, the highest', async () => {
  const { environment, receipts, sent } = await world();
  receipts.online();
  for (const pts of [1, 3, 2]) receipts.stored(pts);
  for (const seq of [1, 4, 2]) await receipts.markRead('chat', seq);
  await environment.pass(10_000);
  expect(sent).toEqual(['ack 3', 'read chat 4']);
});

test('marks wait for a connection, those of reading also over a restart', async () => {
  const before = await world();
  await before.receipts.markRead('chat', 4);
  await before.environment.pass(10_000);
  expect(before.sent).toEqual([]);
  const { environment, receipts, sent, store } = await world(before.store);
  expect(receipts.pendingRead('chat')).toBe(4);
  receipts.online();
  await environment.pass(10_000);
  expect([sent, receipts.pendingRead('chat')]).toEqual([['read chat 4'], 0]);
  expect(await store.load()).toEqual(new Map());
});

test('who is about to send tells first how far was read, once', async () => {
  const { environment, receipts, sent } = await world();
  receipts.online();
  receipts.tellFirst('chat');
  await receipts.markRead('chat', 4);
  receipts.tellFirst('chat');
  expect(sent).toEqual(['read chat 4']);
  await environment.pass(10_000);
  expect([sent, receipts.pendingRead('chat')]).toEqual([['read chat 4'], 0]);
});

test('what could not be told first is told as always', async () => {
  const { environment, receipts, sent, fails, works } = await world();
  receipts.online();
  await receipts.markRead('chat', 4);
  fails(true);
  receipts.tellFirst('chat');
  works();
  await environment.pass(10_000);
  expect([sent, receipts.pendingRead('chat')]).toEqual([['read chat 4', 'read chat 4'], 0]);
});

test('what fails retryably is tried again with what has become of it', async () => {
  const { environment, receipts, sent, fails, works } = await world();
  receipts.online();
  fails(true);
  receipts.stored(1);
  await environment.pass(300);
  receipts.stored(2);
  works();
  await environment.pass(back_off_max_ms);
  expect(sent).toEqual(['ack 1', 'ack 2']);
});

test('what is refused is told and does not hold up the others', async () => {
  const { environment, receipts, sent, problems, fails, works } = await world();
  receipts.online();
  fails(false);
  await receipts.markRead('left', 4);
  await environment.pass(1_000);
  works();
  await receipts.markRead('chat', 1);
  await environment.pass(1_000);
  expect(sent).toEqual(['read left 4', 'read chat 1']);
  expect(problems).toEqual(['OdnixError: a fault']);
  expect(environment.timers).toBe(0);
});
