/** Sections 1 and 4: the same log by event stream and by long poll. */
import assert from 'node:assert/strict';
import { bearerOf, EventClient, poll } from '../../support/event-client.js';
import { post } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { signInBy } from '../participant.js';
import { count, expectShape, hash, object, opaque, ordinal } from '../shape.js';
import { expectUpdate } from '../updates.js';
import { key, says, type World } from '../world.js';

const caughtUp = object({ pts: count, sync_token: opaque, hash });

/** Somebody alone: nothing but the check's own comes into their log. */
async function hermit(world: World) {
  const newcomer = await world.newcomer();
  const { chat } = await newcomer.json.request('chats.create', {
    kind: 'group',
    member_ids: [],
    client_request_id: key(),
  });
  const send = async (text: string): Promise<number> => {
    const sent = { chat_id: chat.chat_id, client_msg_id: key(), content: says(text) };
    return (await newcomer.json.request('messages.send', sent))['seq'];
  };
  await newcomer.sees('chat.new', ({ type }) => type === 'chat.new');
  return { newcomer, send, token: newcomer.identity.access_token };
}

export const httpUpdatesFlows: readonly Check[] = [
  {
    name: 'event stream',
    section: 1,
    says: 'SSE: same notifications as the WebSocket; `event:` is the method, `data:` its params, `id:` the sync token, so `Last-Event-ID` resumes.',
    run: async (world) => {
      const { newcomer, send, token } = await hermit(world);
      const stream = await EventClient.open(world.url, {}, bearerOf(token));
      await stream.until(() => stream.named('updates.caughtUp').length === 1);
      const [first] = stream.named('updates.caughtUp');
      expectShape(caughtUp, first!.data, 'updates.caughtUp');
      const seq = await send('live');
      await stream.until(() => stream.updates.some(({ update }) => update['seq'] === seq));
      stream.drop();
      assert.equal(stream.lastEventId, stream.updates.at(-1)!.sync_token);
      await send('missed');
      const again = await EventClient.open(
        world.url,
        {},
        { ...bearerOf(token), 'last-event-id': stream.lastEventId },
      );
      await again.until(() => again.named('updates.caughtUp').length === 1);
      again.drop();
      const seen = [...stream.updates, ...again.updates];
      seen.forEach(expectUpdate);
      assert.deepEqual(
        seen.map(({ pts }) => pts),
        seen.map((_, at) => first!.data.pts + 1 + at),
      );
      await newcomer.sees(
        'the last',
        ({ type, message }) => type === 'message.new' && message.content?.text === 'missed',
      );
      const sameByPts = new Map(newcomer.json.updates.map((update) => [update.pts, update]));
      for (const update of seen) assert.deepEqual(update, sameByPts.get(update.pts));
    },
  },
  {
    name: 'event stream: ticket',
    section: 1,
    says: '`POST /v1/updates/ticket` gives a single-use ticket of 30 s for `?ticket=`.',
    run: async ({ url, ann }) => {
      const answer = await post(url, '/v1/updates/ticket', undefined, ann.identity.access_token);
      expectShape(object({ ticket: opaque, expires_in_s: ordinal }), answer, 'ticket');
      const stream = await EventClient.open(url, { ticket: answer.ticket });
      stream.drop();
      await assert.rejects(EventClient.open(url, { ticket: answer.ticket }), /401/);
    },
  },
  {
    name: 'event stream: signed out',
    section: 1,
    says: 'A revoked device’s open connections close within a second.',
    run: async (world) => {
      const newcomer = await world.newcomer();
      const { access_token } = await signInBy(world.url, newcomer.phone, 'second');
      const stream = await EventClient.open(world.url, {}, bearerOf(access_token));
      await post(world.url, '/v1/auth/logout', undefined, access_token);
      await stream.closed;
      const [last] = stream.named('session.closed');
      assert.deepEqual([last?.data.close_code, typeof last?.data.reason], [4501, 'string']);
    },
  },
  {
    name: 'long poll',
    section: 1,
    says: 'Long poll answers like `updates.getDifference`, waits when there is nothing.',
    run: async (world) => {
      const { newcomer, send, token } = await hermit(world);
      const { sync_token } = await newcomer.json.request('updates.getState');
      const empty = await poll(world.url, token, { sync_token, timeout_ms: 0 });
      assert.deepEqual([empty.status, empty.body.type, empty.body.updates], [200, 'empty', []]);
      const waiting = poll(world.url, token, { sync_token, timeout_ms: 20_000 });
      const seq = await send('awaited');
      const { body } = await waiting;
      assert.ok(
        body.updates.some((one: { update: { seq: number } }) => one.update.seq === seq),
        'the awaited one came',
      );
      body.updates.forEach(expectUpdate);
      const limited = await poll(world.url, token, { pts: 0, limit: 1 });
      assert.deepEqual([limited.body.type, limited.body.updates.length], ['slice', 1]);
    },
  },
  {
    name: 'MessagePack and JSON are told the same',
    section: 4,
    says: 'Every durable action of a device reaches all the user’s devices this way, the acting one too.',
    run: async (world) => {
      const { newcomer, send } = await hermit(world);
      const seq = await send('to both');
      await newcomer.sees(
        'message.new',
        (update) => update['type'] === 'message.new' && update['seq'] === seq,
      );
      await newcomer.packed.until(() => newcomer.packed.updates.length >= newcomer.json.updates.length);
      assert.deepEqual(newcomer.packed.updates.slice(0, newcomer.json.updates.length), newcomer.json.updates);
    },
  },
];
