import { expect, test } from 'vitest';
import { MemoryStore } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { Receipts } from './receipts.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';
import { Typing, typing_throttle_ms, type TypingParams } from './typing.js';

/** Everything that the server is told, in order; `fails` with this code, if any. */
function world() {
  const environment = new VirtualEnvironment(1);
  const told: (string | TypingParams)[] = [];
  let code: 'METHOD_NOT_FOUND' | 'NOT_CONNECTED' | null = null;
  const receipts = new Receipts({
    environment,
    store: new MemoryStore(),
    ack: async () => undefined,
    read: async (chatId, seq) => told.push(`read ${chatId} ${seq}`),
    onError: (error) => told.push(String(error)),
  });
  receipts.online();
  const request = async (params: TypingParams): Promise<void> => {
    told.push(params);
    if (code) throw new OdnixError(code, code, { retryable: false });
  };
  const typing = new Typing({ environment, receipts, request });
  return { environment, told, receipts, typing, fails: (with_: typeof code) => (code = with_) };
}
const typingIn = (chat_id: string) => ({ chat_id, action: 'typing' });

test('the same is told seldom, another action and another chat at once, an end only after a beginning', async () => {
  const { environment, told, typing } = world();
  await typing.set('a', 'none');
  for (let key = 0; key < 5; key++) await typing.set('a', 'typing');
  await typing.set('b', 'typing');
  await typing.set('a', 'none');
  await typing.set('a', 'none');
  await typing.set('a', 'typing');
  expect(told).toEqual([typingIn('a'), typingIn('b'), { chat_id: 'a', action: 'none' }, typingIn('a')]);
  await environment.pass(typing_throttle_ms);
  await typing.set('a', 'typing');
  expect(told).toHaveLength(5);
});

test('it carries how far the user has read, which then needs no request of its own', async () => {
  const { environment, told, typing, receipts } = world();
  await receipts.markRead('a', 4);
  await typing.set('a', 'typing');
  await environment.pass(10_000);
  expect([told, receipts.pendingRead('a')]).toEqual([[{ ...typingIn('a'), read_seq: 4 }], 0]);
});

test('a server without it is told by messages.read, and not asked again before the next session', async () => {
  const { environment, told, typing, receipts, fails } = world();
  fails('METHOD_NOT_FOUND');
  await receipts.markRead('a', 4);
  await typing.set('a', 'typing');
  await environment.pass(10_000);
  await typing.set('b', 'typing');
  expect(told).toEqual([{ ...typingIn('a'), read_seq: 4 }, 'read a 4']);
  fails(null);
  typing.opening();
  await typing.set('b', 'typing');
  expect(told.at(-1)).toEqual(typingIn('b'));
});

test('what moved on while it was on its way is told too', async () => {
  const { environment, told, typing, receipts } = world();
  await receipts.markRead('a', 4);
  const typed = typing.set('a', 'typing');
  await receipts.markRead('a', 6);
  await typed;
  await environment.pass(10_000);
  expect([told, receipts.pendingRead('a')]).toEqual([[{ ...typingIn('a'), read_seq: 4 }, 'read a 6'], 0]);
  expect(environment.timers).toBe(0);
});

test('without a connection it is nothing, and rejects nobody', async () => {
  const { told, typing, fails } = world();
  fails('NOT_CONNECTED');
  await typing.set('a', 'typing');
  fails(null);
  await typing.set('a', 'typing');
  expect(told).toEqual([typingIn('a'), typingIn('a')]);
});
