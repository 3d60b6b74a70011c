/** Section 1: frames of a WebSocket, and bodies of `POST /v1/rpc`. */
import assert from 'node:assert/strict';
import { WireClient } from '../../support/wire-client.js';
import type { Check } from '../check.js';
import { key, says, type World } from '../world.js';

const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'session.ping', params: {} });

/** On a connection of Ann's, of its own. */
async function connected(world: World, use: (client: WireClient) => Promise<void>): Promise<void> {
  const client = await WireClient.open(world.url, world.ann.identity.access_token);
  try {
    await use(client);
  } finally {
    client.drop();
  }
}

/** Each is answered by an error, and the connection goes on. */
const stays =
  (frames: readonly [frame: string, code: number][]): Check['run'] =>
  (world) =>
    connected(world, async (client) => {
      for (const [frame, code] of frames) {
        const answer = await client.raw(frame);
        assert.equal(
          answer?.error?.code,
          code,
          `${frame.slice(0, 60)} is answered ${JSON.stringify(answer)}`,
        );
        assert.equal(answer.jsonrpc, '2.0');
      }
      await client.request('session.ping');
    });

export const frameFlows: readonly Check[] = [
  {
    name: 'frames: malformed JSON',
    section: 1,
    says: 'Malformed JSON: an error, never a dead connection.',
    run: stays([
      ['{"jsonrpc":', -32700],
      ['', -32700],
      ['\u0000', -32700],
    ]),
  },
  {
    name: 'frames: no JSON-RPC request',
    section: 1,
    says: 'Messages are JSON-RPC 2.0 objects: request `{jsonrpc, id, method, params}`.',
    run: stays([
      ['1', -32600],
      ['[]', -32600],
      ['{"id":1}', -32600],
      ['{"jsonrpc":"1.0","id":1,"method":"session.ping"}', -32600],
    ]),
  },
  {
    name: 'frames: an unknown method',
    section: 1,
    says: 'An unknown method: an error, never a dead connection.',
    run: (world) =>
      connected(world, async (client) => {
        const { error } = await client.request('no.such').then(
          () => assert.fail('answered'),
          (refused) => refused,
        );
        assert.deepEqual([error.code, error.data.code], [-32601, 'METHOD_NOT_FOUND']);
        await client.request('session.ping');
      }),
  },
  {
    name: 'frames: a batch',
    section: 1,
    says: 'A batch (an array, at most `limits.batch_max`) is answered by one array.',
    run: (world) =>
      connected(world, async (client) => {
        const answer = await client.raw(
          client.frame([ping(901), { ...ping(902), method: 'no.such' }, { ...ping(0), id: undefined }]),
        );
        assert.deepEqual(answer.map((one: { id: number }) => one.id).toSorted(), [901, 902]);
        const many = Array.from({ length: client.session['limits'].batch_max + 1 }, (_, id) => ping(id));
        assert.equal((await client.raw(client.frame(many))).error.code, -32600, 'a batch beyond batch_max');
      }),
  },
  {
    name: 'frames: a batch by POST /v1/rpc',
    section: 1,
    says: '`POST /v1/rpc` takes one JSON-RPC request or a batch.',
    run: async ({ ann }) => {
      const { status, body } = await ann.rpc.post([ping(1), ping(2)]);
      assert.deepEqual([status, body.map((one: { id: number }) => one.id).toSorted()], [200, [1, 2]]);
      const malformed = await ann.rpc.post('{"jsonrpc":');
      assert.equal(malformed.body.error.code, -32700);
    },
  },
  {
    name: 'frames: MessagePack',
    section: 1,
    says: '`odnix.v1.msgpack`: the same objects, MessagePack, binary frames.',
    run: async ({ ann, chats }) => {
      const params = { chat_id: chats.group.chat_id, after_seq: 0, limit: 2 };
      const [inJson, packed] = await Promise.all([
        ann.json.request('messages.history', params),
        ann.packed.request('messages.history', params),
      ]);
      assert.deepEqual(packed, inJson);
    },
  },
  {
    name: 'frames: too large',
    section: 1,
    says: 'Only a frame over `limits.frame_bytes_max` closes the connection (1009; reconnecting is fine).',
    run: (world) =>
      connected(world, async (client) => {
        client.socket.send('x'.repeat(client.session['limits'].frame_bytes_max + 1));
        assert.equal(await client.closed, 1009);
        await connected(world, async (again) => void (await again.request('session.ping')));
      }),
  },
  {
    name: 'frames: in the order sent',
    section: 1,
    says: 'Requests of one connection that touch the same chat are applied in the order sent, batched or not.',
    run: async (world) => {
      const { ann } = world;
      const { chat_id, seq } = await world.freshGroup();
      const sent = Array.from({ length: 12 }, (_, at) =>
        ann.json.request('messages.send', { chat_id, client_msg_id: key(), content: says(`${at}`) }),
      );
      const seqs = (await Promise.all(sent)).map((answer) => answer['seq']);
      assert.deepEqual(
        seqs,
        seqs.map((_, at) => seq + 1 + at),
      );
    },
  },
  {
    name: 'frames: what was done is seen',
    section: 1,
    says: 'What a client has seen (an answer or an update) every later query of its session takes into account.',
    run: async (world) => {
      for (const caller of Object.values(world.ann.callers)) {
        const { chat_id, seq } = await world.freshGroup(caller);
        const { messages } = await caller.request('messages.history', { chat_id, limit: 1 });
        assert.equal(messages[0]?.seq, seq);
      }
    },
  },
];
