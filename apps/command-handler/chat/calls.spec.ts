/**
 * Calls by their handlers, on an event store in memory that loses answers and lets two handlers meet.
 *
 * Seen failing: with `calls.request` not among those that look for blocks before a chat is made; with the key left out of it; with
 * `sentAlong` that does not look which call goes on; with people looked for
 * in the read model where the chat is there.
 */
import { describe, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import type { CallAddressee } from '#domain/chat/index.js';
import type { CallSignal } from '#protocol/methods/calls.js';
import { Refusal } from '#protocol/refusal.js';
import { MemoryEventStore } from '#streams/memory-event-store.js';
import type { Identity, Reply } from '#streams/requests.js';
import { handlerOn } from '../../../test/support/account-bench.js';
import {
  as,
  chatServiceOn,
  codeOf,
  directChatOf,
  otherDevice,
  person,
  resultOf,
  streamsPerFamily,
  type Asking,
} from '../../../test/support/command-bench.js';
import { FaultyEventStore } from '../../../test/support/faulty-event-store.js';
import { FoldedReadModels, storedDecisions } from '../../../test/support/folded-read-models.js';
import { seededRandom } from '../../../test/support/random.js';

function bench(faults = { lost_answer: 0, lost_request: 0, spurious_conflict: 0 }) {
  const clock = { ms: Date.now() };
  const memory = new MemoryEventStore({ streamsPerFamily, nowMs: () => clock.ms });
  const dice = seededRandom('calls');
  const store = new FaultyEventStore(memory, faults, () => dice.integer(1_000) / 1_000);
  const models = new FoldedReadModels(memory);
  const told: [CallAddressee, CallSignal][] = [];
  const handler = () =>
    chatServiceOn(
      store,
      models,
      () => clock.ms,
      undefined,
      (to, signal) => told.push([to, signal]),
    );
  const service = handler();
  const [ann, ben] = [person(), person()];
  const chat = directChatOf(service, ann, ben);
  const request = (by: Identity, more: object = {}, asking: Asking = chat): Promise<Reply> => {
    const user_id = by.user_id === ann.user_id ? ben.user_id : ann.user_id;
    return as(asking, by)
      .all(['calls.request', { user_id, kind: 'audio', ...more }])
      .then(([reply]) => reply!);
  };
  return { clock, memory, models, handler, service, chat, request, told, ann, ben };
}

const callIn = (reply: Reply): any => resultOf(reply)['call'];

test('a call makes the chat of the two, once for one key, whatever came since', async () => {
  const { memory, chat, request, ann, ben } = bench();
  const key = { client_request_id: uuidV7() };
  const call = callIn(await request(ann, key));
  expect(call).toMatchObject({ chat_id: chat.chatId, state: 'requested', callee_id: ben.user_id });
  resultOf(await as(chat, ben).ask('calls.discard', { call_id: call.call_id }));
  expect(callIn(await request(ann, key))).toEqual(call);
  expect(codeOf(await request(ann, { ...key, kind: 'video' }))).toBe('IDEMPOTENCY_MISMATCH');
  const types = (await storedDecisions(memory, 'CHAT_0')).flatMap(({ decision }) => decision.events);
  expect(types.map(({ type }) => type)).toEqual(['ChatCreated', 'CallChanged', 'CallChanged']);
});

test('nobody calls who does not exist, nor who has blocked them, nor whom they have', async () => {
  const { memory, service, chat, ann, ben, request } = bench();
  const nobody = { ...ben, user_id: `dead${ben.user_id.slice(4)}` };
  const [reply] = await directChatOf(service, ann, nobody).all([
    'calls.request',
    { user_id: nobody.user_id, kind: 'audio' },
  ]);
  expect(codeOf(reply!)).toBe('NOT_FOUND');
  const { ask } = handlerOn(memory);
  for (const [index, one] of [ann, ben].entries())
    resultOf(await ask(one, 'account.register', { phone_hash: `${index}`.repeat(64), display_name: 'A' }));
  resultOf(await ask(ann, 'users.block', { user_id: ben.user_id }));
  for (const one of [ann, ben]) expect(codeOf(await request(one))).toBe('BLOCKED');
  expect(await storedDecisions(memory, 'CHAT_0')).toEqual([]);
  expect(codeOf(await as(chat, ben).ask('calls.accept', { call_id: uuidV7() }))).toBe('NOT_A_MEMBER');
});

test('who has a chat calls while Postgres is away', async () => {
  const { models, chat, request, ann, ben } = bench();
  const first = callIn(await request(ann));
  resultOf(await as(chat, ben).ask('calls.discard', { call_id: first.call_id }));
  models.failure = new Refusal('UNAVAILABLE');
  expect(callIn(await request(ben, { client_request_id: uuidV7() }))).toMatchObject({ state: 'requested' });
});

test('of two devices that accept at two handlers at once one has it, whatever answers are lost', async () => {
  const { handler, chat, request, ann, ben } = bench({
    lost_answer: 0.2,
    lost_request: 0.1,
    spurious_conflict: 0.1,
  });
  for (let turn = 0; turn < 30; turn++) {
    const { call_id } = callIn(await request(ann, { client_request_id: uuidV7() }));
    const devices = [ben, otherDevice(ben), otherDevice(ben)];
    const replies = await Promise.all(
      devices.map((device) => as(chat, device, handler()).ask('calls.accept', { call_id })),
    );
    const codes = replies.map((reply) => codeOf(reply) ?? 'accepted').toSorted();
    expect(codes).toEqual(['CALL_TAKEN', 'CALL_TAKEN', 'accepted']);
    const winner = replies.findIndex((reply) => codeOf(reply) === undefined);
    expect(callIn(replies[winner]!).callee_device_id).toBe(devices[winner]!.device_id);
    resultOf(await as(chat, ann, handler()).ask('calls.discard', { call_id }));
  }
});

describe('what devices say', () => {
  test('comes along and behind, in order, to whom it concerns', async () => {
    const { chat, request, told, ann, ben } = bench();
    const { call_id } = callIn(await request(ann, { payload: 'offer' }));
    const tablet = otherDevice(ben);
    const about = { chat_id: chat.chatId, call_id };
    await as(chat, ben).all(
      ['calls.accept', { ...about, payload: 'answer' }],
      ['calls.signal', { ...about, payload: '1' }],
      ['calls.signal', { ...about, payload: '2' }],
    );
    resultOf(await chat.ask('calls.signal', { call_id, payload: '3' }));
    expect(codeOf(await as(chat, tablet).ask('calls.signal', { call_id, payload: 'x' }))).toBe('CALL_TAKEN');
    const toAnn = { user_id: ann.user_id, device_id: ann.device_id };
    const toBen = { user_id: ben.user_id, device_id: ben.device_id };
    expect(told.map(([to, { payload }]) => [payload, to])).toEqual([
      ['offer', { user_id: ben.user_id }],
      ['answer', toAnn],
      ['1', toAnn],
      ['2', toAnn],
      ['3', toBen],
    ]);
    expect(told[1]![1]).toEqual({ ...about, ...toBen, payload: 'answer' });
  });

  test('is said again with a repeat, and not of a call that is over', async () => {
    const { chat, request, told, ann, ben } = bench();
    const asked = { payload: 'offer', client_request_id: uuidV7() };
    const { call_id } = callIn(await request(ann, asked));
    await request(ann, asked);
    expect(told).toHaveLength(2);
    resultOf(await as(chat, ben).ask('calls.discard', { call_id }));
    await request(ann, asked);
    const next = callIn(await request(ann));
    await request(ann, asked);
    expect([told.length, next.state]).toEqual([2, 'requested']);
    expect(codeOf(await chat.ask('calls.signal', { call_id, payload: 'x' }))).toBe('NOT_FOUND');
  });

  test('stands in nothing that is stored', async () => {
    const { memory, chat, request, ann, ben } = bench();
    const { call_id } = callIn(await request(ann, { payload: 'SAID', client_request_id: uuidV7() }));
    resultOf(await as(chat, ben).ask('calls.accept', { call_id, payload: 'SAID' }));
    resultOf(await chat.ask('calls.signal', { call_id, payload: 'SAID' }));
    const stored = JSON.stringify(await storedDecisions(memory, 'CHAT_0'));
    expect(stored).toContain(call_id);
    expect(stored).not.toContain('SAID');
  });
});

test('a call whose time is over ends once, by whichever handler, and never before', async () => {
  const { clock, handler, service, chat, request, ann } = bench();
  const { call_id } = callIn(await request(ann));
  const end = (by = service) => by.expireCall(chat.chatId, call_id).then(callIn);
  expect(await end()).toMatchObject({ state: 'requested' });
  clock.ms += 60_000;
  const ended = await Promise.all([end(handler()), end(handler())]);
  for (const call of ended)
    expect(call).toMatchObject({ state: 'discarded', reason: 'missed', duration_ms: 0 });
  expect(ended[0]).not.toHaveProperty('discarded_by');
});
