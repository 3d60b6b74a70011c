/** Section 3: from where a session goes on. */
import assert from 'node:assert/strict';
import { WireClient, type WireUpdate } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import type { Participant } from '../participant.js';
import { key, says, type World } from '../world.js';

/** Someone with a log of some updates, which nobody else adds to. */
export async function withLog(
  world: World,
): Promise<{ one: Participant; send(text: string): Promise<number>; log(): Promise<WireUpdate[]> }> {
  const one = await world.newcomer();
  const { chat } = await one.json.request('chats.create', {
    kind: 'group',
    member_ids: [],
    client_request_id: key(),
  });
  const { chat_id } = chat;
  const send = async (text: string): Promise<number> =>
    (await one.json.request('messages.send', { chat_id, client_msg_id: key(), content: says(text) }))['seq'];
  for (const text of ['one', 'two', 'three']) await send(text);
  await one.rpc.request('chats.setArchived', { chat_id, archived: true });
  await one.sees('chat.settings', ({ type }) => type === 'chat.settings');
  const log = async (): Promise<WireUpdate[]> => {
    const updates: WireUpdate[] = [];
    for (let from: object = { pts: 0 }; ;) {
      const answer = await one.json.request('updates.getDifference', { ...from, limit: 2 });
      updates.push(...answer['updates']);
      if (answer['type'] !== 'slice') return updates;
      from = { sync_token: answer['sync_token'] };
    }
  };
  return { one, send, log };
}

/** What is replayed to the device when it names no token. */
async function resumed(url: string, { identity: { access_token } }: Participant): Promise<number[]> {
  const client = await WireClient.connect(url);
  const info = { name: 'conformance', version: '1' };
  await client.request('session.open', { access_token, resume: true, client: info });
  await client.caughtUp();
  client.drop();
  return client.updates.map(({ pts }) => pts);
}

export const sessionFlows: readonly Check[] = [
  {
    name: 'session: replay, then live',
    section: 3,
    says: 'The server then replays every update after it, in order, sends `updates.caughtUp` once, and goes on with live updates without a gap or a repeat.',
    run: async (world) => {
      const { one, send, log } = await withLog(world);
      const [first, ...rest] = await log();
      const again = await WireClient.open(world.url, one.identity.access_token, first!.sync_token);
      await again.caughtUp();
      const seq = await send('live');
      await again.until(() => again.updates.some(({ update }) => update['seq'] === seq));
      again.drop();
      const pts = again.updates.map((update) => update.pts);
      assert.deepEqual(
        pts,
        pts.map((_, at) => first!.pts + 1 + at),
      );
      assert.ok(pts.length > rest.length);
      assert.equal(again.notifications.filter(({ method }) => method === 'updates.caughtUp').length, 1);
    },
  },
  {
    name: 'session: nothing without a token',
    section: 3,
    says: 'Without a `sync_token` nothing is replayed: the client calls `sync.snapshot` and applies the live updates that follow its position.',
    run: async (world) => {
      const { one, send } = await withLog(world);
      const client = await WireClient.open(world.url, one.identity.access_token);
      const snapshot = await client.request('sync.snapshot');
      const seq = await send('after');
      await client.until(() => client.updates.some(({ update }) => update['seq'] === seq));
      client.drop();
      assert.ok(
        client.updates.every(({ pts }) => pts > client.session['pts']),
        'only what came after it opened',
      );
      assert.equal(snapshot['pts'], client.session['pts']);
      assert.equal(client.notifications.filter(({ method }) => method === 'updates.caughtUp').length, 0);
    },
  },
  {
    name: 'session: resume from the device’s cursor',
    section: 3,
    says: '`updates.ack`: `session.open {resume: true}` without a token continues from that cursor.',
    run: async (world) => {
      const { one, log } = await withLog(world);
      const updates = await log();
      const stored = updates.at(-2)!.pts;
      await one.json.request('updates.ack', { pts: stored });
      const head = updates.at(-1)!.pts;
      // It may be counted a moment later: until then more is replayed, never less.
      for (let from = 0; from !== stored + 1;) {
        const replayed = await resumed(world.url, one);
        from = replayed[0]!;
        assert.deepEqual(
          replayed,
          Array.from({ length: head + 1 - from }, (_, at) => from + at),
        );
        assert.ok(from <= stored + 1, 'nothing is left out');
      }
    },
  },
  {
    name: 'session: must be opened',
    section: 3,
    says: '`session.open` is the first request on a WebSocket.',
    run: async ({ url }) => {
      const client = await WireClient.connect(url);
      await assert.rejects(client.request('chats.list'), /SESSION_REQUIRED/);
      await assert.rejects(client.request('session.ping'), /SESSION_REQUIRED/);
      client.drop();
    },
  },
];
