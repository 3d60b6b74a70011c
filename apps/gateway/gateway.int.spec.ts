/**
 * Sessions over real NATS, with decisions and entries written by the test itself, so that it can say what is announced,
 * what is lost on the way, and when.
 *
 * I2 was seen failing here with the head check removed (what was not announced never comes), with later looks shown nothing,
 * with the token's hash not compared (a log of another past is continued), with tombstones ignored (a deleted text is
 * replayed), with pushing begun at the head instead of the token, and with live push begun before it has met the feed.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeProtectedHeader } from 'jose';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { emptyLogHash, entryHash } from '#domain/user-log/entry.js';
import { hashedEntryOf } from '#domain/user-log/hashed-update.js';
import type { UpdateNotification } from '#domain/user-log/update.js';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import type { AccessSigner } from '#edge/access-token.js';
import { KeyRingStore } from '#edge/key-ring-store.js';
import { withRetired } from '#edge/key-ring.js';
import { SyncTokens } from '#edge/sync-tokens.js';
import { deriveSecrets } from '#edge/secrets.js';
import { protocol_version } from '#protocol/version.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import type { CommandsRequest } from '#streams/requests.js';
import { devicesRevokedSubject } from '#streams/subjects.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { scrapedHere } from '../../test/support/scraped.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { WireClient, WireRefusal } from '../../test/support/wire-client.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayOptions } from './gateway.js';
import type { GatewayTimes } from './limits.js';
import { JsonRpcWsAdapter } from './ws-adapter.js';

const streamsPerFamily = 2;
const secrets = deriveSecrets(new Uint8Array(32).fill(9));
const origins = new AllowedOrigins({ origins: ['https://chat.example'], nodeEnv: 'test' });
const quick: Partial<GatewayTimes> = { first_head_checks_ms: [100], head_check_ms: 200, drain_ms: 300 };

let nats: TestNats;
let nc: NatsConnection;
let writer: LogWriter;
let access: AccessSigner;
const running: NestFastifyApplication[] = [];
const received: { request: CommandsRequest; subject: string }[] = [];

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1 });
  writer = new LogWriter(nc, streamsPerFamily);
  access = await accessSigner(nc, secrets);
  nc.subscribe('command.>', {
    callback: (_error, message) => {
      const request = message.json<CommandsRequest>();
      received.push({ request, subject: message.subject });
      const replies = request.commands.map(({ params }) =>
        params['seq'] === 999
          ? { error: { code: 'NOT_FOUND', retryable: false } }
          : { result: { chat_id: request.aggregate_id }, seen: { projected: { CHAT_0: 7 }, logged: {} } },
      );
      message.respond(JSON.stringify({ replies }));
    },
  });
  const answer = (subject: string, result: object) =>
    nc.subscribe(subject, {
      callback: (_error, message) => {
        const { seen } = message.json<{ seen: object }>();
        message.respond(
          JSON.stringify({ result: { ...result, asked: seen }, seen: { projected: {}, logged: {} } }),
        );
      },
    });
  answer('query.log-deviceCursor', { pts: 0 });
  answer('query.chats-get', { chat: { chat_id: 'shown' } });
  await nc.flush();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  received.length = 0;
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

async function startGateway(
  times: Partial<GatewayTimes> = {},
  more: Partial<GatewayOptions> = {},
  compression = false,
): Promise<string> {
  const options = { natsUrl: nats.url, secrets, streamsPerFamily, times: { ...quick, ...times }, ...more };
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.forRoot(options),
    new FastifyAdapter(),
    { logger: false },
  );
  app.useWebSocketAdapter(new JsonRpcWsAdapter(app, origins, { compression }));
  await app.listen(0, '127.0.0.1');
  running.push(app);
  return app.getUrl();
}

async function newDevice() {
  const identity = { user_id: uuidV7(), device_id: uuidV7() };
  await writer.signIn(identity.user_id, identity.device_id);
  return { ...identity, chat: uuidV7(), token: await access.sign(identity) };
}

/** 101: the socket opened. */
function upgradeStatus(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('error', () => undefined);
  });
}

const bytesRead = ({ socket }: WireClient) =>
  (socket as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
const ptsOf = (client: WireClient) => client.updates.map(({ pts }) => pts);
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);
const code = (request: Promise<unknown>) =>
  request.then(
    () => 'no error',
    (error: unknown) => (error instanceof WireRefusal ? error.code : String(error)),
  );
const reaches = (client: WireClient, pts: number) => client.until(() => client.updates.at(-1)?.pts === pts);

describe('the log over a socket', () => {
  test('replay from a token, then live, contiguous while the log is being written; the hash at caughtUp is the client’s own', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    for (let count = 0; count < 300; count++) await writer.message(user_id, chat, `old ${count}`, false);
    const first = await WireClient.open(url, token);
    expect(first.session.pts).toBe(300);
    const { updates, type, sync_token } = await first.request('updates.getDifference', { pts: 0, limit: 10 });
    expect([type, updates.length]).toEqual(['slice', 10]);

    const writing = (async () => {
      for (let count = 0; count < 200; count++) await writer.message(user_id, chat, `new ${count}`);
    })();
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => WireClient.open(url, token, sync_token)),
    );
    await writing;
    for (const client of clients) {
      await reaches(client, 500);
      expect(ptsOf(client)).toEqual(upTo(500, 11));
      const caughtUp = client.notifications.filter(({ method }) => method === 'updates.caughtUp');
      expect(caughtUp).toHaveLength(1);
      const seen = [...updates, ...client.updates].filter(({ pts }) => pts <= caughtUp[0]!.params.pts);
      expect(seen.reduce(nextHash, emptyLogHash)).toBe(caughtUp[0]!.params.hash);
      expect(caughtUp[0]!.params.pts).toBeGreaterThanOrEqual(client.session.pts);
    }
    await reaches(first, 500);
    expect(ptsOf(first)).toEqual(upTo(500, 301));
  });

  test('announcements lost, repeated and out of order: every update comes once, in order', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    const client = await WireClient.open(url, token);
    const items = [];
    for (let count = 1; count <= 9; count++)
      items.push(await writer.message(user_id, chat, `${count}`, false));
    for (const pts of [2, 1, 1, 5, 4]) writer.announce(user_id, [items[pts - 1]!]);
    writer.announce(user_id, items.slice(2, 7));
    await reaches(client, 9);
    // Nothing is announced after these: only a look at the head can tell, one after the other.
    for (let count = 10; count <= 14; count++) {
      await writer.message(user_id, chat, `${count}`, false);
      await reaches(client, count);
    }
    expect(ptsOf(client)).toEqual(upTo(14));
  });

  test('a token at the head replays nothing and is caught up at once', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    await writer.message(user_id, chat, 'one');
    const { sync_token, hash, pts } = (await WireClient.open(url, token)).session;
    const client = await WireClient.open(url, token, sync_token);
    await client.caughtUp();
    expect(client.notifications.at(-1)!.params).toEqual({ pts, hash, sync_token });
    await writer.message(user_id, chat, 'two');
    await reaches(client, 2);
    expect(ptsOf(client)).toEqual([2]);
    expect(
      (await client.request('updates.getDifference', { sync_token: client.updates[0]!.sync_token })).type,
    ).toBe('empty');
  });

  test('a deleted message is replayed as its tombstone, also when its event is gone, and the hash still checks', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    const secret = await writer.message(user_id, chat, 'regretted');
    await writer.message(user_id, chat, 'kept');
    await writer.deleted(user_id, secret);
    const client = await WireClient.open(url, token);
    const check = async (limit: number) => {
      const { updates } = await client.request('updates.getDifference', { pts: 0, limit });
      expect(JSON.stringify(updates)).not.toContain('regretted');
      expect(updates[0].update).toMatchObject({ type: 'message.new', message: { deleted: true } });
      return updates;
    };
    const updates = await check(10);
    expect(updates.reduce(nextHash, emptyLogHash)).toBe(client.session.hash);
    const { stream, sequence } = secret.source;
    await nc.request(`$JS.API.STREAM.MSG.DELETE.${stream}`, JSON.stringify({ seq: sequence }));
    const other = await startGateway();
    const again = await WireClient.open(other, token);
    expect(
      (await again.request('updates.getDifference', { pts: 0, limit: 1 })).updates[0].update.message.deleted,
    ).toBe(true);
  });

  test('tokens: tampered or of another user are refused; of a log that does not continue them, too long', async () => {
    const url = await startGateway();
    const [ann, bob] = [await newDevice(), await newDevice()];
    await writer.message(ann.user_id, ann.chat, 'one');
    const client = await WireClient.open(url, ann.token);
    const { sync_token } = client.session;
    expect(await code(WireClient.open(url, bob.token, sync_token))).toBe('SYNC_TOKEN_INVALID');
    // A bit of each part: version, key, user, epoch, pts, sequence, hash, MAC; and what has another length.
    const bytes = Buffer.from(sync_token, 'base64url');
    const changed = [0, 1, 5, 19, 29, 37, 40, 50].map((at) => {
      const other = Buffer.from(bytes);
      other[at]! ^= 1;
      return other;
    });
    for (const other of [...changed, bytes.subarray(0, -1), Buffer.concat([bytes, bytes.subarray(0, 1)])]) {
      const token = other.toString('base64url');
      const opened = WireClient.open(url, ann.token, token);
      expect([token, await code(opened)]).toEqual([token, 'SYNC_TOKEN_INVALID']);
      const asked = client.request('updates.getDifference', { sync_token: token });
      expect([token, await code(asked)]).toEqual([token, 'SYNC_TOKEN_INVALID']);
    }
    expect(await code(client.request('updates.getDifference', { pts: 2 }))).toBe('PTS_FROM_FUTURE');
    expect(await code(client.request('updates.ack', { pts: 2 }))).toBe('PTS_FROM_FUTURE');

    const tokens = new SyncTokens(secrets.syncToken);
    const hash = Buffer.alloc(8, 1).toString('base64url');
    const own = {
      pts: 1,
      sequence: tokens.decode(ann.user_id, sync_token)!.sequence,
      hash: client.session.hash,
    };
    for (const [epoch, position] of [
      [2, own],
      [1, { ...own, hash }],
      [1, { ...own, pts: 2 }],
      [1, { ...own, pts: 900, sequence: 90_000 }],
    ] as const) {
      const foreign = tokens.encode(ann.user_id, epoch, position);
      const opened = await WireClient.open(url, ann.token, foreign);
      expect(opened.session).toMatchObject({ too_long: true });
      expect((await opened.request('updates.getDifference', { sync_token: foreign })).type).toBe('too_long');
      const { pts } = await writer.message(ann.user_id, ann.chat, 'live after too long');
      await reaches(opened, pts);
      expect(ptsOf(opened)).toEqual([pts]);
      expect(opened.notifications).toEqual([]);
    }
  });

  test('a token of before the first entry continues a log that is empty, and the same log once it is not', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    const empty = await WireClient.open(url, token);
    expect(empty.session).toMatchObject({ pts: 0 });
    const { sync_token } = empty.session;
    const still = await WireClient.open(url, token, sync_token);
    await still.caughtUp();
    expect(still.notifications.at(-1)!.params).toMatchObject({ pts: 0, hash: emptyLogHash });
    expect(await still.request('updates.getDifference', { sync_token })).toMatchObject({
      type: 'empty',
      pts: 0,
    });
    await writer.message(user_id, chat, 'first');
    await reaches(still, 1);
    const later = await WireClient.open(url, token, sync_token);
    await later.caughtUp();
    expect(ptsOf(later)).toEqual([1]);
    expect(await code(later.request('updates.getDifference', { pts: 2 }))).toBe('PTS_FROM_FUTURE');
  });

  test('an acknowledgement becomes delivered cursors, those of entries that were not pushed included', async () => {
    const url = await startGateway();
    const { user_id, device_id, chat, token } = await newDevice();
    for (let count = 0; count < 3; count++) await writer.message(user_id, chat, 'before');
    const client = await WireClient.open(url, token);
    const other = uuidV7();
    const pushed = [
      await writer.message(user_id, other, 'pushed'),
      await writer.message(user_id, chat, 'pushed'),
    ];
    await reaches(client, 5);
    await client.request('updates.ack', { pts: 4 });
    await Promise.all([client.request('updates.ack', { pts: 5 }), client.request('updates.ack', { pts: 5 })]);
    const delivered = received.flatMap(({ request }) => request.commands.map(({ params }) => params));
    const [first, second] = delivered as {
      cursors: { chat_id: string; seq: number; after: number }[];
      pts: number;
    }[];
    expect(delivered).toHaveLength(2);
    expect(first).toMatchObject({ device_id, pts: 4 });
    expect(first!.cursors.map(({ chat_id }) => chat_id).sort()).toEqual([chat, other].sort());
    expect(first!.cursors.find(({ chat_id }) => chat_id === other)).toEqual({
      chat_id: other,
      seq: (pushed[0]!.update as { seq: number }).seq,
      after: pushed[0]!.source.sequence,
    });
    expect(second).toMatchObject({ pts: 5, cursors: [{ chat_id: chat, after: pushed[1]!.source.sequence }] });
  });

  test('a socket that does not read for a while is given everything when it reads again', async () => {
    const url = await startGateway();
    const { user_id, chat, token } = await newDevice();
    const client = await WireClient.open(url, token);
    client.socket.pause();
    const text = 'x'.repeat(60_000);
    for (let count = 0; count < 300; count++) await writer.message(user_id, chat, text);
    client.socket.resume();
    await reaches(client, 300);
    expect(ptsOf(client)).toEqual(upTo(300));
  });

  // Seen failing with pings that count for nothing.
  test('who pings and does not read the answers is not read from meanwhile', async () => {
    const url = await startGateway();
    const client = await WireClient.open(url, (await newDevice()).token);
    client.socket.pause();
    const data = Buffer.alloc(125);
    // More than sockets hold by themselves.
    for (let count = 0; count < 250_000; count++) client.socket.ping(data);
    await vi.waitFor(
      async () => expect((await scrapedHere()).sum('odnix.gateway.reads.paused')).toBeGreaterThan(0),
      20_000,
    );
    client.socket.resume();
    await client.request('session.ping');
  });
});

describe('the life of a session', () => {
  test('without session.open the socket is closed, and nothing else is answered before it', async () => {
    const url = await startGateway({ session_open_ms: 300 });
    const client = await WireClient.connect(url);
    expect(await code(client.request('chats.list'))).toBe('SESSION_REQUIRED');
    expect(await client.closed).toBe(4004);
  });

  test('bad tokens are refused and may be followed by a good one; a second open is refused', async () => {
    const url = await startGateway();
    const { token, user_id } = await newDevice();
    const client = await WireClient.connect(url);
    const open = (access_token: string) =>
      client.request('session.open', { access_token, client: { name: 't', version: '1' } });
    expect(await code(open('not.a.token'))).toBe('UNAUTHENTICATED');
    const stranger = await access.sign({ user_id, device_id: uuidV7() });
    expect(await code(open(stranger))).toBe('DEVICE_REVOKED');
    // What is sent behind session.open waits for it.
    const [opened, ping] = await Promise.all([open(token), client.request('session.ping')]);
    expect(opened).toMatchObject({ user_id, pts: 0, heartbeat_ms: 30_000 });
    expect(opened).toMatchObject({ server: { name: 'odnix' }, protocol: protocol_version });
    expect(ping.server_time_ms).toBeGreaterThan(0);
    expect(await code(open(token))).toBe('SESSION_ALREADY_OPEN');
    expect(await code(client.request('session.refresh', { access_token: (await newDevice()).token }))).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('more at once than are let in: the rest is told when to come again, on the same connection, and all are served', async () => {
    const url = await startGateway({}, { opens: { running_max: 1, waiting_max: 2, retry_after_ms: 20 } });
    const devices = await Promise.all(Array.from({ length: 12 }, newDevice));
    const clients = await Promise.all(devices.map(() => WireClient.connect(url)));
    const client = { name: 'w', version: '1' };
    const refusals: WireRefusal[] = [];
    const open = async (index: number): Promise<string> => {
      const params = { access_token: devices[index]!.token, client };
      const answer = await clients[index]!.request('session.open', params).catch(
        (refusal: unknown) => refusal,
      );
      if (!(answer instanceof WireRefusal)) return (answer as { user_id: string }).user_id;
      refusals.push(answer);
      await new Promise((resolve) => setTimeout(resolve, answer.error.data!.retry_after_ms));
      return open(index);
    };
    const opened = await Promise.all(devices.map((_, index) => open(index)));
    expect(opened).toEqual(devices.map(({ user_id }) => user_id));
    expect(refusals.length).toBeGreaterThan(0);
    for (const { error } of refusals) expect(error.data).toMatchObject({ code: 'BUSY', retryable: true });
  });

  // Seen failing without the end at the expiry, and with the end of the token before kept.
  test('a session ends with its access token, unless it is refreshed', async () => {
    const url = await startGateway();
    const { user_id, device_id } = await newDevice();
    const short = await access.sign({ user_id, device_id }, { expiresInS: 2 });
    const [ending, kept] = [await WireClient.open(url, short), await WireClient.open(url, short)];
    await kept.request('session.refresh', { access_token: await access.sign({ user_id, device_id }) });
    expect(await ending.closed).toBe(4005);
    await kept.request('session.ping');
  });

  // Seen failing with the log’s own word unheeded, and with the user’s other devices closed as well.
  test('a revoked device is closed; the user’s other devices see it and stay', async () => {
    const url = await startGateway();
    const { user_id, device_id, token } = await newDevice();
    const other = uuidV7();
    await writer.signIn(user_id, device_id, [device_id, other]);
    const stays = await WireClient.open(url, await access.sign({ user_id, device_id: other }));
    const goes = await WireClient.open(url, token);
    await writer.deviceRemoved(user_id, device_id);
    expect(await goes.closed).toBe(4501);
    await reaches(stays, 1);
    await stays.request('session.ping');
  });

  // Seen failing with what is told unheeded, and with all devices of the user closed by it.
  test('whatever a signed-out device has open on any gateway ends at once, and is told why', async () => {
    const urls = [await startGateway(), await startGateway()];
    const { user_id, device_id, token } = await newDevice();
    const other = uuidV7();
    await writer.signIn(user_id, device_id, [device_id, other]);
    const stays = await WireClient.open(urls[0]!, await access.sign({ user_id, device_id: other }));
    const going = await Promise.all(urls.map((url) => WireClient.open(url, token)));
    const reasons = going.map(({ socket }) => once(socket, 'close'));
    const told = { user_id, device_ids: [device_id], reason: 'refresh_token_reused' };
    nc.publish(devicesRevokedSubject, JSON.stringify(told));
    for (const [code, reason] of await Promise.all(reasons))
      expect([code, String(reason)]).toEqual([4501, 'refresh_token_reused']);
    await stays.request('session.ping');
  });

  // Seen failing without the look, with later looks shown nothing, and with one that takes every device for signed out.
  test('a sign-out that nobody told of is found by looking', async () => {
    const url = await startGateway({ devices_check_ms: 100 });
    const { user_id, device_id, token } = await newDevice();
    const other = uuidV7();
    await writer.signIn(user_id, device_id, [device_id, other]);
    const stays = await WireClient.open(url, await access.sign({ user_id, device_id: other }));
    const goes = await WireClient.open(url, token);
    await writer.signIn(user_id, other);
    expect(await goes.closed).toBe(4501);
    await stays.request('session.ping');
    await writer.signIn(user_id, uuidV7());
    expect(await stays.closed).toBe(4501);
  });

  // Seen failing with the key ring’s change unheeded.
  test('sessions of a key that is retired end, and its tokens open none', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const client = await WireClient.open(url, token);
    const kid = decodeProtectedHeader(token)['kid'] as string;
    await new KeyRingStore(nc).change((ring) => withRetired(ring, kid, Date.now()));
    expect(await client.closed).toBe(4500);
    expect(await code(WireClient.open(url, token))).toBe('UNAUTHENTICATED');
    await WireClient.open(url, (await newDevice()).token);
  });

  test('a silent socket is closed; one that pings on either level is not', async () => {
    const url = await startGateway({ heartbeat_ms: 600 });
    const { token } = await newDevice();
    const [silent, pinging] = [await WireClient.open(url, token), await WireClient.open(url, token)];
    const timer = setInterval(() => pinging.socket.ping(), 50);
    expect(await silent.closed).toBe(4001);
    await pinging.request('session.ping');
    clearInterval(timer);
  });

  test('a gateway that goes down says so and closes with the code for coming back', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const client = await WireClient.open(url, token);
    await running.pop()!.close();
    expect(await client.closed).toBe(4000);
    expect(client.notifications.at(-1)).toMatchObject({
      method: 'session.draining',
      params: { reconnect_after_ms: 1_000 },
    });
  });
});

describe('bad input is answered and harms nobody', () => {
  const id = '0198c5a0-0000-7000-8000-000000000001';
  const frames: readonly (readonly [string, string | Uint8Array, number])[] = [
    ['no JSON', '{"jsonrpc":', -32700],
    ['nothing', '', -32700],
    ['binary', new Uint8Array([0, 1, 2, 255]), -32700],
    ['a number', '7', -32600],
    ['an empty batch', '[]', -32600],
    ['a batch over the limit', JSON.stringify(Array.from({ length: 51 }, () => ({}))), -32600],
    ['another version', '{"jsonrpc":"1.0","id":"x","method":"session.ping"}', -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"session.ping"}', -32600],
    ['a field too many', '{"jsonrpc":"2.0","id":"x","method":"session.ping","extra":1}', -32600],
    ['a method that is none', '{"jsonrpc":"2.0","id":"x","method":"toString"}', -32601],
    ['a method of the prototype', '{"jsonrpc":"2.0","id":"x","method":"__proto__"}', -32601],
    ['an internal command', '{"jsonrpc":"2.0","id":"x","method":"account.addDevice"}', -32601],
    ['params by position', '{"jsonrpc":"2.0","id":"x","method":"session.ping","params":[1]}', -32602],
    ['an unknown param', '{"jsonrpc":"2.0","id":"x","method":"session.ping","params":{"a":1}}', -32602],
    ['deep nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, -32600],
    [
      'deep params',
      `{"jsonrpc":"2.0","id":"x","method":"chats.get","params":${'{"chat_id":'.repeat(3_000)}1${'}'.repeat(3_000)}}`,
      -32602,
    ],
    ...['*', '>', 'a.b', 'a b', '\u0000', '', `${id}.>`].map(
      (chat_id) =>
        [
          `the id ${JSON.stringify(chat_id)}`,
          JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'chats.get', params: { chat_id } }),
          -32602,
        ] as const,
    ),
  ];

  test('each frame, one after the other, on one connection that lives on', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const client = await WireClient.open(url, token);
    for (const [name, frame, expected] of frames) {
      // What is an array on the outside is answered by an array.
      const [answer] = [await client.raw(frame)].flat();
      expect(answer?.error?.code, name).toBe(expected);
      expect(answer.error.data, name).toMatchObject({ code: expect.any(String), retryable: false });
    }
    const utf8 = Buffer.from('{"jsonrpc":"2.0","id":"x","method":"session.\xff"}', 'latin1');
    client.socket.send(utf8, { binary: false });
    await client.request('session.ping');
    expect(received).toEqual([]);
  });

  test('the same in MessagePack is answered by the same; a frame of the other kind by an error', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const [json, packed] = await Promise.all([
      WireClient.open(url, token),
      WireClient.open(url, token, undefined, { subprotocol: 'odnix.v1.msgpack' }),
    ]);
    expect(packed.session).toMatchObject({ pts: 0, limits: json.session.limits });
    const texts = (...all: string[]) => Buffer.concat(all.map((text) => Buffer.from(packed.frame(text))));
    const nested = Array.from({ length: 3_000 }, () => Buffer.concat([Buffer.of(0x81), texts('chat_id')]));
    const request4 = texts('jsonrpc', '2.0', 'id', 'x', 'method', 'chats.get', 'params');
    const byHand: Record<string, Buffer> = {
      'deep nesting': Buffer.alloc(30_000, 0x91).fill(0x90, 29_999),
      'deep params': Buffer.concat([Buffer.of(0x84), request4, ...nested, Buffer.of(1)]),
    };
    for (const [name, frame, expected] of frames) {
      if (typeof frame !== 'string' || expected === -32700) continue;
      const same = byHand[name] ?? packed.frame(JSON.parse(frame));
      expect(await packed.raw(same), name).toEqual(await json.raw(frame));
    }
    const details = { frame: expect.stringContaining('MessagePack') };
    const request = { jsonrpc: '2.0', id: 'x', method: 'session.ping' };
    const unreadable = ['', 'c1', '81c0c0', 'ddffffffff'].map((hex) => Buffer.from(hex, 'hex'));
    for (const frame of [...unreadable, JSON.stringify(request)]) {
      const { id: answered, error } = await packed.raw(frame);
      expect([answered, error.code, error.data.details]).toEqual([null, -32700, details]);
    }
    expect((await json.raw(packed.frame(request))).error.code).toBe(-32700);
    await Promise.all([json.request('session.ping'), packed.request('session.ping')]);
    packed.socket.send(packed.frame({ ...request, method: 'm'.repeat(65_536) }));
    expect(await packed.closed).toBe(1009);
  });

  test('a frame over the limit closes its own connection with 1009', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const [big, other] = [await WireClient.open(url, token), await WireClient.open(url, token)];
    const frame = (size: number) => `{"jsonrpc":"2.0","id":"x","method":"${'m'.repeat(size)}"}`;
    expect((await other.raw(frame(65_536 - 43))).error.code).toBe(-32601);
    big.socket.send(frame(65_536));
    expect(await big.closed).toBe(1009);
    await other.request('session.ping');
  });

  test('compression: spoken where it is on, for frames that are worth it; one that inflates over the limit closes with 1009', async () => {
    const [off, on] = [await startGateway(), await startGateway({}, {}, true)];
    const { user_id, chat, token } = await newDevice();
    const plain = await WireClient.open(off, token, undefined, { perMessageDeflate: true });
    const deflate = { perMessageDeflate: true };
    const json = await WireClient.open(on, token, undefined, deflate);
    const messagePack = { ...deflate, subprotocol: 'odnix.v1.msgpack' } as const;
    const packed = await WireClient.open(on, token, undefined, messagePack);
    const without = await WireClient.open(on, token);
    const clients = [plain, json, packed, without];
    const extensions = clients.map(({ socket }) => socket.extensions.includes('permessage-deflate'));
    expect(extensions).toEqual([false, true, true, false]);
    const text = 'a long text '.repeat(300);
    const before = clients.map(bytesRead);
    await writer.message(user_id, chat, text);
    for (const client of clients) await reaches(client, 1);
    for (const { updates } of clients) expect(updates).toEqual(plain.updates);
    const read = clients.map((client, index) => bytesRead(client) - before[index]!);
    expect(read.map((bytes) => bytes > text.length)).toEqual([true, false, false, true]);
    const bomb = JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'm'.repeat(8e6) });
    json.socket.send(bomb, { compress: true });
    expect(await json.closed).toBe(1009);
    await packed.request('session.ping');
  });

  test('only subprotocols that are not spoken: refused with the reason', async () => {
    const url = await startGateway();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'mqtt');
    expect(await upgradeStatus(socket)).toBe(400);
  });

  test('pages of other origins: only listed ones, and those of the same address', async () => {
    const url = await startGateway();
    const statusOf = (origin: string) =>
      upgradeStatus(new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { origin }));
    expect(await statusOf('https://chat.example')).toBe(101);
    expect(await statusOf(url)).toBe(101);
    expect(await statusOf('https://other.example')).toBe(403);
    expect(await statusOf('null')).toBe(403);
  });
});

describe('the way to the handlers', () => {
  test('a batch is answered by one array, notifications by nothing; a chat’s commands travel in order', async () => {
    const url = await startGateway();
    const { token, chat, user_id, device_id } = await newDevice();
    const client = await WireClient.open(url, token);
    const edit = (id: number | undefined, seq: number) => ({
      jsonrpc: '2.0',
      ...(id === undefined ? {} : { id }),
      method: 'messages.edit',
      params: { chat_id: chat, seq, content: { type: 'text', text: 'x' } },
    });
    const answers = await client.raw(
      JSON.stringify([edit(901, 1), edit(undefined, 2), edit(902, 999), { id: 'q' }]),
    );
    expect(answers.map(({ id, error }: any) => [id, error?.data.code])).toEqual([
      [901, undefined],
      [902, 'NOT_FOUND'],
      ['q', 'INVALID_REQUEST'],
    ]);
    expect(received).toHaveLength(1);
    expect(received[0]!.request).toMatchObject({ identity: { user_id, device_id }, aggregate_id: chat });
    expect(received[0]!.request.commands.map(({ params }) => params['seq'])).toEqual([1, 2, 999]);
  });

  test('what was answered is seen by the queries after it; creating a chat answers the chat', async () => {
    const url = await startGateway();
    const { token, chat } = await newDevice();
    const client = await WireClient.open(url, token);
    const [, shown] = await Promise.all([
      client.request('messages.read', { chat_id: chat, seq: 1 }),
      client.request('chats.get', { chat_id: chat }),
    ]);
    expect(shown.asked).toEqual({ projected: { CHAT_0: 7 }, logged: {} });
    const member = uuidV7();
    const create = { kind: 'direct', member_ids: [member], client_request_id: uuidV7() };
    expect((await client.request('chats.create', create)).chat).toEqual({ chat_id: 'shown' });
    expect((await client.request('chats.leave', { chat_id: chat })).chat).toEqual({ chat_id: 'shown' });
    const direct = received.find(({ request }) => request.commands[0]!.method === 'chats.create')!;
    expect(direct.request.aggregate_id).not.toBe(create.client_request_id);
  });

  test('nobody there to answer: a retryable error', async () => {
    const url = await startGateway();
    const { token } = await newDevice();
    const client = await WireClient.open(url, token);
    const refused = await client
      .request('users.get', { user_id: uuidV7() })
      .catch((error: WireRefusal) => error.error);
    expect(refused).toMatchObject({ code: -32000, data: { code: 'UNAVAILABLE', retryable: true } });
  });
});

function nextHash(previous: string, notification: UpdateNotification): string {
  const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  return entryHash(sha256, previous, hashedEntryOf(notification));
}
