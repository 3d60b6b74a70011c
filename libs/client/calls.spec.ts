/**
 * Seen failing: without signals kept for the call that they come before, with those of a lost connection kept, with signals sent side by
 * side, and without the look at the time of a call.
 */
import { expect, test } from 'vitest';
import type { CallView } from '#domain/chat/call.js';
import type { ChatView } from '#domain/user-log/update.js';
import type { CallSignal } from '#protocol/methods/calls.js';
import { Calls, type CallsOptions } from './calls.js';
import { OdnixError } from './odnix-error.js';

const ringing: CallView = {
  chat_id: 'chat',
  call_id: 'call',
  kind: 'audio',
  state: 'requested',
  caller_id: 'ann',
  caller_device_id: 'phone',
  callee_id: 'ben',
  requested_at_ms: 1_000,
  expires_at_ms: 61_000,
};
const said = (payload: string, call_id = 'call'): CallSignal => ({
  chat_id: 'chat',
  call_id,
  user_id: 'ann',
  device_id: 'phone',
  payload,
});

function world() {
  const chats = new Map<string, ChatView>();
  const told: unknown[] = [];
  const asked: [string, Record<string, unknown>][] = [];
  const server = { nowMs: 2_000, answers: [] as (() => Promise<unknown>)[] };
  const calls = new Calls({
    replica: { chat: (id) => chats.get(id), chats: () => [...chats.values()] },
    clock: { nowMs: () => server.nowMs, newId: () => 'key' },
    events: { emit: (name, payload) => void told.push([name, payload]) },
    call: ((method: string, params: Record<string, unknown>) => {
      asked.push([method, params]);
      return server.answers.shift()?.() ?? Promise.resolve({ call: ringing });
    }) as CallsOptions['call'],
  });
  /** The log tells of it. */
  const happens = (call: CallView): void => {
    const live = call.state === 'discarded' ? {} : { call };
    chats.set('chat', { chat_id: 'chat', ...live } as ChatView);
    calls.updated({ type: 'call', chat_id: 'chat', chat_pts: 1, call });
  };
  return { calls, told, asked, server, happens };
}

test('what is said of a call is told behind it, in order, and of none that is over or was missed', () => {
  const { calls, told, happens } = world();
  for (const payload of ['offer', '1']) calls.heard(said(payload));
  calls.heard(said('of another', 'another'));
  expect(told).toEqual([]);
  happens(ringing);
  calls.heard(said('2'));
  expect(told).toEqual([
    ['call', { call: ringing }],
    ...['offer', '1', '2'].map((payload) => ['call_signal', said(payload)]),
  ]);
  told.length = 0;
  calls.offline();
  happens({ ...ringing, call_id: 'another' });
  calls.heard(said('late'));
  happens({ ...ringing, state: 'discarded' });
  expect(told.map((one) => (one as [string])[0])).toEqual(['call', 'call']);
});

test('those that go on are shown, until their time is over', () => {
  const { calls, server, happens } = world();
  happens(ringing);
  expect(calls.all()).toEqual([ringing]);
  server.nowMs = 61_000;
  expect(calls.all()).toEqual([]);
  happens({ ...ringing, state: 'discarded' });
  expect(calls.all()).toEqual([]);
});

test('signals go one after the other, also behind one that is refused', async () => {
  const { calls, asked, server } = world();
  let refuse = (): void => undefined;
  server.answers.push(
    () =>
      new Promise((_resolve, reject) => {
        refuse = () => reject(new OdnixError('CALL_OVER', 'over', { retryable: false }));
      }),
  );
  const [first, second] = [calls.signal(ringing, '1'), calls.signal(ringing, '2')];
  await Promise.resolve();
  await Promise.resolve();
  expect(asked.map(([, { payload }]) => payload)).toEqual(['1']);
  refuse();
  await expect(first).rejects.toThrow('over');
  await second;
  expect(asked.map(([, { payload }]) => payload)).toEqual(['1', '2']);
});

test('what changes a call carries a key', async () => {
  const { calls, asked } = world();
  await calls.request('ben', 'video', 'offer');
  await calls.accept(ringing);
  await calls.hangUp(ringing, 'busy');
  const about = { chat_id: 'chat', call_id: 'call', client_request_id: 'key' };
  expect(asked).toEqual([
    ['calls.request', { user_id: 'ben', kind: 'video', payload: 'offer', client_request_id: 'key' }],
    ['calls.accept', about],
    ['calls.discard', { ...about, reason: 'busy' }],
  ]);
});
