/**
 * The log over plain HTTP: event streams, tickets and polls, over real NATS, with entries written by the test itself.
 *
 * Seen failing: with the query's token before Last-Event-ID; with a ticket's mark written without an expected sequence (it is
 * good twice, at two gateways); with live push going on into a stream that is full (the heap holds what was not read); without
 * `session.end` when the client has gone (feeds stay); without the session that a poll waits with (it answers at its time-out).
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AccessSigner } from '#edge/access-token.js';
import { deriveSecrets } from '#edge/secrets.js';
import { SyncTokens } from '#edge/sync-tokens.js';
import { UpdateTickets } from '#edge/update-tickets.js';
import type { StartedApp } from '#process/run-process.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { bearerOf, EventClient, poll } from '../../test/support/event-client.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { post, WireClient } from '../../test/support/wire-client.js';
import { sendLimits, type GatewayTimes } from './limits.js';
import { SendBuffers } from './send-buffers.js';
import { startGateway } from './start-gateway.js';
import { UserFeed } from './user-feed.js';

const streamsPerFamily = 2;
const secrets = deriveSecrets(new Uint8Array(32).fill(9));
const quick: Partial<GatewayTimes> = { first_head_checks_ms: [100], head_check_ms: 200, drain_ms: 300 };

let nats: TestNats;
let nc: NatsConnection;
let writer: LogWriter;
let access: AccessSigner;
const running: StartedApp[] = [];
const closedFeeds = vi.spyOn(UserFeed.prototype, 'close');

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1 });
  writer = new LogWriter(nc, streamsPerFamily);
  access = await accessSigner(nc, secrets);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.stop()));
  closedFeeds.mockClear();
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

async function start(times: Partial<GatewayTimes> = {}): Promise<string> {
  const app = await startGateway({
    natsUrl: nats.url,
    secrets,
    streamsPerFamily,
    times: { ...quick, ...times },
    host: '127.0.0.1',
    port: 0,
    origins: ['https://chat.example'],
    nodeEnv: 'test',
    compression: false,
    readiness: { report: () => Promise.reject(new Error('not asked')) },
  });
  running.push(app);
  return app.url!;
}

async function newDevice() {
  const identity = { user_id: uuidV7(), device_id: uuidV7() };
  await writer.signIn(identity.user_id, identity.device_id);
  const token = await access.sign(identity);
  return { ...identity, chat: uuidV7(), token, headers: bearerOf(token) };
}
type Device = Awaited<ReturnType<typeof newDevice>>;

async function write({ user_id, chat }: Device, count: number, announced = true): Promise<void> {
  for (let index = 0; index < count; index++) await writer.message(user_id, chat, `m${index}`, announced);
}

const ticketOf = async (url: string, { token }: Device): Promise<string> =>
  (await post(url, '/v1/updates/ticket', undefined, token)).ticket;
const ptsOf = ({ updates }: { updates: { pts: number }[] }) => updates.map(({ pts }) => pts);
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);
const reaches = (client: EventClient, pts: number) => client.until(() => client.updates.at(-1)?.pts === pts);
const refusal = (opening: Promise<unknown>) =>
  opening.then(
    () => 'opened',
    ({ message }: Error) => message,
  );

/** Whom they watch is theirs to see. */
function showEverybody(): void {
  nc.subscribe('query.lastSeen-shown', {
    callback: (_error, message) => {
      const { params } = message.json<{ params: { user_ids: string[] } }>();
      const seen = { projected: {}, logged: {} };
      message.respond(JSON.stringify({ result: { user_ids: params.user_ids }, seen }));
    },
  });
}

describe('presence', () => {
  test('whoever streams, polls or has a socket is there; streams are told by their URL; last seen outlives every gateway', async () => {
    showEverybody();
    const url = await start({ offline_after_ms: 600 });
    const [watcher, ann, bob, eve] = await Promise.all([newDevice(), newDevice(), newDevice(), newDevice()]);
    const user_ids = [ann, bob, eve].map(({ user_id }) => user_id);
    const stream = await EventClient.open(url, { presence: user_ids.join() }, watcher.headers);
    const told = ({ user_id }: Device): any[] =>
      stream.named('presence').flatMap(({ data }) => (data.user_id === user_id ? [data] : []));
    const offline = user_ids.map((user_id) => ({ user_id, status: 'offline' }));
    await stream.until(() => stream.named('presence').length === 3);
    expect(stream.named('presence').map(({ data }) => data)).toEqual(offline);

    const socket = await WireClient.open(url, ann.token);
    const other = await EventClient.open(url, {}, bob.headers);
    const first = await WireClient.open(url, eve.token);
    const { sync_token } = first.session;
    await first.close();
    void poll(url, eve.token, { sync_token });
    const lastOf = (device: Device) => told(device).at(-1).status;
    await expect.poll(() => [ann, bob, eve].map(lastOf)).toEqual(['online', 'online', 'online']);
    const { presence } = await socket.request('presence.watch', { user_ids: [bob.user_id] });
    expect(presence).toEqual([{ user_id: bob.user_id, status: 'online' }]);

    // Nobody looks at it, and it goes on.
    await socket.request('presence.set', { status: 'offline' });
    await expect.poll(() => lastOf(ann)).toBe('offline');
    await socket.request('presence.set', { status: 'online' });
    await expect.poll(() => lastOf(ann)).toBe('online');
    const leftAtMs = Date.now();
    other.response.destroy();
    await socket.until(() => socket.notifications.some(({ params }) => params['status'] === 'offline'));
    const { last_seen_ms } = told(bob).at(-1);
    expect(last_seen_ms).toBeGreaterThanOrEqual(leftAtMs);

    await running.pop()!.stop();
    const again = await WireClient.open(await start({ offline_after_ms: 600 }), watcher.token);
    expect(await again.request('presence.watch', { user_ids: [bob.user_id] })).toEqual({
      presence: [{ user_id: bob.user_id, status: 'offline', last_seen_ms }],
    });
  });

  test('what is no list in the URL is refused, and named', async () => {
    const [url, device] = await Promise.all([start(), newDevice()]);
    for (const presence of ['', 'x', `${device.user_id},${device.user_id}`])
      expect(await refusal(EventClient.open(url, { presence }, device.headers))).toBe(
        '400 INVALID_PARAMS presence',
      );
  });
});

describe('an event stream', () => {
  test('begins at the present without a token, and says where that is; after a cut it goes on by Last-Event-ID', async () => {
    const url = await start();
    const device = await newDevice();
    await write(device, 3);
    const first = await EventClient.open(url, {}, device.headers);
    await first.until(() => first.events.length === 1);
    const { session } = await WireClient.open(url, device.token);
    const { pts, sync_token, hash } = session;
    expect(first.events).toEqual([
      { event: 'updates.caughtUp', data: { pts: 3, sync_token, hash }, lastEventId: sync_token },
    ]);
    expect(first.retry_ms).toBe(1_000);
    expect(first.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await write(device, 2);
    await reaches(first, 5);
    expect(first.lastEventId).toBe(first.updates.at(-1)!.sync_token);
    first.drop();
    await write(device, 300);
    const again = { ...device.headers, 'last-event-id': first.lastEventId };
    const second = await EventClient.open(url, { sync_token }, again);
    await second.until(() => second.named('updates.caughtUp').length === 1);
    await write(device, 1);
    await reaches(second, 306);
    expect(ptsOf(second)).toEqual(upTo(306, 6));
    expect(second.updates.map(({ sync_token: token }) => token)).toEqual(
      second.named('update').map(({ lastEventId }) => lastEventId),
    );
    const fromQuery = await EventClient.open(url, { sync_token }, device.headers);
    await reaches(fromQuery, 306);
    expect(ptsOf(fromQuery)).toEqual(upTo(306, pts + 1));
  });

  test('a token that the log does not continue: an event says so, and live updates follow', async () => {
    const url = await start();
    const device = await newDevice();
    await write(device, 1);
    const tokens = new SyncTokens(secrets.syncToken);
    const hash = Buffer.alloc(8, 1).toString('base64url');
    const lost = tokens.encode(device.user_id, 1, { pts: 7, sequence: 70_000, hash });
    const client = await EventClient.open(url, { sync_token: lost }, device.headers);
    await write(device, 1);
    await reaches(client, 2);
    const present = { pts: 1, sync_token: expect.any(String) };
    expect(client.events[0]).toEqual({ event: 'updates.tooLong', data: present, lastEventId: '' });
    expect(ptsOf(client)).toEqual([2]);
  });

  test('says by comments that it is alive', async () => {
    const url = await start({ heartbeat_ms: 100 });
    const client = await EventClient.open(url, {}, (await newDevice()).headers);
    await vi.waitFor(() => expect(client.comments_count).toBeGreaterThan(2));
    expect(client.named('updates.caughtUp')).toHaveLength(1);
  });

  test('ends with the access token, and when the device is revoked, and says why', async () => {
    const url = await start();
    const device = await newDevice();
    const other = await newDevice();
    const short = await access.sign(other, { expiresInS: 2 });
    const [revoked, expiring] = [
      await EventClient.open(url, {}, device.headers),
      await EventClient.open(url, { ticket: await ticketOf(url, { ...other, token: short }) }),
    ];
    await writer.deviceRemoved(device.user_id, device.device_id);
    await Promise.all([revoked.closed, expiring.closed]);
    expect(revoked.events.at(-1)).toMatchObject({ event: 'session.closed', data: { close_code: 4501 } });
    expect(expiring.events.at(-1)).toMatchObject({ event: 'session.closed', data: { close_code: 4005 } });
    expect(await refusal(EventClient.open(url, {}, bearerOf(short)))).toBe('401 UNAUTHENTICATED');
  });

  test('a gateway that goes down says when to come back, and ends the stream', async () => {
    const url = await start();
    const device = await newDevice();
    const client = await EventClient.open(url, {}, device.headers);
    const stopping = running.pop()!.stop();
    await client.closed;
    const data = { reconnect_after_ms: 1_000 };
    expect(client.events.at(-1)).toMatchObject({ event: 'session.draining', data });
    await stopping;
  });

  test('one that does not read holds little and loses nothing, or is cut after its time', async () => {
    const [patient, strict] = [await start(), await start({ too_slow_ms: 300 })];
    const device = await newDevice();
    const sent = vi.spyOn(SendBuffers.prototype, 'sent');
    const [slow, gone] = [
      await EventClient.open(patient, {}, device.headers),
      await EventClient.open(strict, {}, device.headers),
    ];
    const buffers = [...new Set(sent.mock.calls.map(([buffer]) => buffer))];
    sent.mockRestore();
    slow.response.pause();
    gone.response.pause();
    const text = 'x'.repeat(60_000);
    let held = 0;
    for (let count = 0; count < 300; count++) {
      await writer.message(device.user_id, device.chat, text);
      held = Math.max(held, ...buffers.map(({ bufferedBytes }) => bufferedBytes));
    }
    expect(held).toBeGreaterThan(sendLimits.client_bytes_max);
    expect(held).toBeLessThan(sendLimits.client_bytes_max + 2 * text.length);
    slow.response.resume();
    await reaches(slow, 300);
    expect(ptsOf(slow)).toEqual(upTo(300));
    await vi.waitFor(() => expect(buffers.map(({ isOpen }) => isOpen)).toEqual([true, false]), 10_000);
    gone.response.resume();
    await gone.closed;
    expect(gone.updates.length).toBeLessThan(300);
  });

  test('when its client has gone, nothing is left of it', async () => {
    const url = await start();
    const device = await newDevice();
    const client = await EventClient.open(url, {}, device.headers);
    client.drop();
    await vi.waitFor(() => expect(closedFeeds).toHaveBeenCalledOnce());
  });

  test('who may not is told by the status, with the field that is wrong', async () => {
    const url = await start();
    const [ann, bob] = [await newDevice(), await newDevice()];
    await write(ann, 1);
    const { sync_token } = (await WireClient.open(url, ann.token)).session;
    const open = (query: Record<string, string>, headers = ann.headers as Record<string, string>) =>
      refusal(EventClient.open(url, query, headers));
    expect(await open({}, {})).toBe('401 UNAUTHENTICATED');
    expect(await open({ access_token: ann.token }, {})).toBe('400 INVALID_PARAMS access_token');
    expect(await open({ sync_token: 'a b' })).toBe('400 INVALID_PARAMS sync_token');
    expect(await open({ sync_token: '' })).toBe('400 INVALID_PARAMS sync_token');
    expect(await open({}, { ...ann.headers, 'last-event-id': 'a b' })).toBe(
      '400 INVALID_PARAMS last-event-id',
    );
    expect(await open({ other: '1' })).toBe('400 INVALID_PARAMS other');
    expect(await open({ sync_token }, bob.headers)).toBe('400 SYNC_TOKEN_INVALID');
    const head = await fetch(`${url}/v1/updates/stream`, { method: 'HEAD', headers: ann.headers });
    expect(head.status).toBe(404);
  });

  test('pages of listed origins may read it', async () => {
    const url = await start();
    const device = await newDevice();
    const open = (origin: string) => EventClient.open(url, {}, { ...device.headers, origin });
    const [listed, other] = [await open('https://chat.example'), await open('https://other.example')];
    expect(listed.response.headers['access-control-allow-origin']).toBe('https://chat.example');
    expect(other.response.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a ticket', () => {
  test('opens one stream, at one gateway, once', async () => {
    const [one, two] = [await start(), await start()];
    const device = await newDevice();
    const ticket = await ticketOf(one, device);
    const openings = Array.from({ length: 8 }, (_, index) =>
      refusal(EventClient.open(index % 2 ? one : two, { ticket })),
    );
    const opened = await Promise.all(openings);
    expect(opened.toSorted()).toEqual([...Array.from({ length: 7 }, () => '401 UNAUTHENTICATED'), 'opened']);
    expect(await refusal(EventClient.open(one, { ticket }))).toBe('401 UNAUTHENTICATED');
    const next = await EventClient.open(two, { ticket: await ticketOf(one, device) });
    await write(device, 1);
    await reaches(next, 1);
    const stored = await nc.request(
      '$JS.API.STREAM.INFO.KV_TICKETS',
      JSON.stringify({ subjects_filter: '>' }),
    );
    expect(stored.string()).not.toContain(ticket);
  });

  test('is no good when it has expired, was made by others, or its device was revoked; and is no access token', async () => {
    const url = await start();
    const device = await newDevice();
    const made = (key: Uint8Array, expiresInS: number) =>
      new UpdateTickets(key, nc).issue(
        { identity: device, expiresAtMs: Date.now() + 60_000, kid: 'k' },
        expiresInS,
      );
    const open = (ticket: string) => refusal(EventClient.open(url, { ticket }));
    expect(await open(await made(secrets.updateTicket, -1))).toBe('401 UNAUTHENTICATED');
    expect(await open(await made(secrets.credentialHash.export(), 30))).toBe('401 UNAUTHENTICATED');
    expect(await open(device.token)).toBe('401 UNAUTHENTICATED');
    const ticket = await ticketOf(url, device);
    expect(await refusal(EventClient.open(url, {}, bearerOf(ticket)))).toBe('401 UNAUTHENTICATED');
    await writer.deviceRemoved(device.user_id, device.device_id);
    await writer.signIn(device.user_id, uuidV7());
    expect(await open(ticket)).toBe('401 DEVICE_REVOKED');
    expect(await refusal(post(url, '/v1/updates/ticket', undefined))).toContain('401');
  });
});

describe('a poll', () => {
  test('answers what there is at once, as updates.getDifference does', async () => {
    const url = await start();
    const device = await newDevice();
    await write(device, 5);
    const client = await WireClient.open(url, device.token);
    for (const query of [{ pts: 0 }, { pts: 0, limit: 2 }] as const) {
      const { body, headers } = await poll(url, device.token, query);
      expect(body).toEqual(await client.request('updates.getDifference', query));
      expect(headers.get('odnix-seen')).toBeTruthy();
    }
    const { sync_token } = client.session;
    const empty = await client.request('updates.getDifference', { sync_token });
    expect((await poll(url, device.token, { sync_token, timeout_ms: 0 })).body).toEqual(empty);
    expect((await poll(url, device.token, { sync_token, timeout_ms: 50 })).body).toEqual(empty);
  });

  test('waits for what comes, and then for what comes after it, without a hole', async () => {
    const url = await start();
    const device = await newDevice();
    await write(device, 1);
    let { sync_token } = (await WireClient.open(url, device.token)).session;
    const seen: number[] = [];
    const writing = (async () => {
      for (let count = 0; count < 60; count++) {
        // Some are never announced: only a look at the head can tell.
        await write(device, 1, count % 7 !== 6);
        if (count % 10 === 9) await vi.waitUntil(() => seen.at(-1) === count + 2, 20_000);
      }
    })();
    while (seen.at(-1) !== 61) {
      const { body } = await poll(url, device.token, { sync_token, timeout_ms: 20_000, limit: 3 });
      expect(body.updates.length).toBeGreaterThan(0);
      expect(body.updates.length).toBeLessThanOrEqual(3);
      expect(body).toMatchObject({
        pts: body.updates.at(-1).pts,
        sync_token: body.updates.at(-1).sync_token,
      });
      seen.push(...body.updates.map(({ pts }: { pts: number }) => pts));
      ({ sync_token } = body);
    }
    await writing;
    expect(seen).toEqual(upTo(61, 2));
  });

  test('ends when its client has gone, its device is revoked, its access ends or the gateway goes down', async () => {
    const url = await start();
    const device = await newDevice();
    const other = await newDevice();
    const { sync_token } = (await WireClient.open(url, device.token)).session;
    const leaving = new AbortController();
    const left = poll(url, device.token, { pts: 0 }, { signal: leaving.signal }).catch(() => 'left');
    const revoked = poll(url, other.token, { pts: 0 });
    const short = await access.sign(other, { expiresInS: 2 });
    const expired = poll(url, short, { pts: 0 });
    const waiting = poll(url, device.token, { sync_token });
    expect((await expired).body.error.code).toBe('UNAUTHENTICATED');
    leaving.abort();
    expect(await left).toBe('left');
    await writer.deviceRemoved(other.user_id, other.device_id);
    expect((await revoked).body.updates).toMatchObject([{ update: { type: 'device.removed' } }]);
    expect((await poll(url, other.token, { pts: 0 })).body.error.code).toBe('DEVICE_REVOKED');
    await vi.waitFor(() => expect(closedFeeds).toHaveBeenCalledOnce());
    const stopping = running.pop()!.stop();
    expect((await waiting).body).toEqual({ type: 'empty', updates: [], pts: 0, sync_token });
    await stopping;
  });

  test('what is wrong is named', async () => {
    const url = await start();
    const [ann, bob] = [await newDevice(), await newDevice()];
    await write(ann, 1);
    const { sync_token } = (await WireClient.open(url, ann.token)).session;
    const wrong = async (query: Record<string, string | number>, { token } = ann) => {
      const { status, body } = await poll(url, token, query);
      return `${status} ${body.error.code} ${Object.keys(body.error.details ?? {}).join()}`.trim();
    };
    expect(await wrong({})).toBe('400 INVALID_PARAMS sync_token');
    expect(await wrong({ sync_token, timeout_ms: 60_001 })).toBe('400 INVALID_PARAMS timeout_ms');
    expect(await wrong({ sync_token, timeout_ms: -1 })).toBe('400 INVALID_PARAMS timeout_ms');
    expect(await wrong({ sync_token, limit: 0 })).toBe('400 INVALID_PARAMS limit');
    expect(await wrong({ sync_token, limit: 'ten' })).toBe('400 INVALID_PARAMS limit');
    expect(await wrong({ sync_token, pts: 1 })).toBe('400 INVALID_PARAMS pts');
    expect(await wrong({ sync_token, since: 1 })).toBe('400 INVALID_PARAMS since');
    expect(await wrong({ pts: 2 })).toBe('400 PTS_FROM_FUTURE pts');
    expect(await wrong({ sync_token }, bob)).toBe('400 SYNC_TOKEN_INVALID');
    expect(await wrong({ sync_token }, { ...ann, token: 'none' })).toBe('401 UNAUTHENTICATED');
  });
});
