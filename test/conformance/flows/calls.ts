/** Section 6: two people call each other, by a WebSocket each and over plain HTTP. */
import assert from 'node:assert/strict';
import type { Check } from '../check.js';
import type { WireUpdate } from '../../support/wire-client.js';
import type { Participant } from '../participant.js';
import { expectShape, id, object, someText } from '../shape.js';

const signals_count = 20;
const signal = object({ chat_id: id, call_id: id, user_id: id, device_id: id, payload: someText });

const saidTo = ({ json }: Participant, call_id: string): Record<string, any>[] =>
  json.notifications
    .filter(({ method, params }) => method === 'call.signal' && params['call_id'] === call_id)
    .map(({ params }) => params);

const isCall =
  (call_id: string, state: string) =>
  (update: Record<string, any>): boolean =>
    update['type'] === 'call' && update['call'].call_id === call_id && update['call'].state === state;

const callOf = ({ update }: WireUpdate): any => update['call'];

export const callFlows: readonly Check[] = [
  {
    name: 'calls: from ringing to the end',
    section: 6,
    says: '`calls.request / calls.accept / calls.discard`: state changes are `call` updates.',
    run: async (world) => {
      const [caller, callee] = await Promise.all([world.newcomer(), world.newcomer()]);
      const asked = { user_id: callee.userId, kind: 'audio' };
      const { call } = await caller.rpc.request('calls.request', asked);
      const { chat_id, call_id } = call;
      await callee.sees('ringing', isCall(call_id, 'requested'));
      await callee.json.request('calls.accept', { chat_id, call_id });
      const answered = await caller.sees('answer', isCall(call_id, 'accepted'));
      assert.equal(callOf(answered).callee_device_id, callee.identity.device_id);
      await caller.rpc.request('calls.discard', { chat_id, call_id });
      const ended = await callee.sees('end', isCall(call_id, 'discarded'));
      assert.equal(callOf(ended).reason, 'hangup');
      assert.ok(callOf(ended).duration_ms >= 0);
    },
  },
  {
    name: 'calls: signals',
    section: 6,
    says: '`calls.signal`: opaque payloads, relayed to the peer’s devices. Ephemeral, never in the log: `call.signal`.',
    run: async (world) => {
      const [caller, callee] = await Promise.all([world.newcomer(), world.newcomer()]);
      const asked = { user_id: callee.userId, kind: 'video', payload: 'offer' };
      const { chat_id, call_id } = (await caller.json.request('calls.request', asked)).call;
      await callee.json.until(() => saidTo(callee, call_id).length === 1);
      await callee.rpc.request('calls.accept', { chat_id, call_id, payload: 'answer' });
      const numbers = Array.from({ length: signals_count }, (_, at) => `candidate ${at}`);
      await Promise.all(
        numbers.map((payload) => caller.json.request('calls.signal', { chat_id, call_id, payload })),
      );
      await callee.json.until(() => saidTo(callee, call_id).length === 1 + signals_count);
      const said = saidTo(callee, call_id);
      for (const one of said) expectShape(signal, one, 'call.signal');
      assert.deepEqual(
        said.map(({ payload }) => payload),
        ['offer', ...numbers],
      );
      await caller.json.until(() => saidTo(caller, call_id).length === 1);
      const [first] = saidTo(caller, call_id);
      assert.deepEqual([first!['payload'], first!['user_id']], ['answer', callee.userId]);
      await caller.json.request('calls.discard', { chat_id, call_id });
    },
  },
];
