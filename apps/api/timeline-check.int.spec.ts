import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { Lease } from '#streams/lease.js';
import { UserLog } from '#streams/user-log.js';
import { newPosition } from '#streams/user-stream-message.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { timelineCheck } from './timeline-check.js';

const userStreams = ['USER_0', 'USER_1'];
let nats: TestNats;
let nc: NatsConnection;
let leases: (Lease | null)[];
beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 2, replicas: 1 });
});
afterAll(async () => {
  await Promise.all(leases.map((lease) => lease?.release()));
  await nc.close();
  await nats.stop();
});

const lasts = (last: number) => new Map([...userStreams, 'CHAT_0', 'CHAT_1'].map((one) => [one, last]));
const take = (stream: string) =>
  Lease.acquire(nc, { key: `timeline.lease.${stream}`, holder: 'spec', onLost: () => undefined });

it('is down while nobody writes a stream, or while one is far behind its sources', async () => {
  leases = [await take('USER_0')];
  expect(await timelineCheck(nc, userStreams, lasts(0))).toEqual({
    status: 'down',
    detail: 'nobody writes USER_1',
  });
  leases.push(await take('USER_1'));
  expect(await timelineCheck(nc, userStreams, lasts(20_000))).toEqual({ status: 'ok' });
  expect(await timelineCheck(nc, userStreams, lasts(20_001))).toMatchObject({ status: 'down' });
  const log = new UserLog(nc, new DirectGet(nc));
  const positions = { CHAT_0: 15_000, CHAT_1: 10_000 };
  for (const stream of userStreams) await log.append(0, [newPosition(stream, { format: 1, positions })]);
  expect(await timelineCheck(nc, userStreams, lasts(30_000))).toEqual({ status: 'ok' });
  expect(await timelineCheck(nc, userStreams, lasts(30_500))).toEqual({
    status: 'down',
    detail: '20500 messages behind',
  });
});
