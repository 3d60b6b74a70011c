import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { ChatWorld } from '../../test/support/chat-world.js';
import { differenceToChats, expectWhole, storedLogs } from '../../test/support/stored-logs.js';
import { startTimeline, type RunningTimeline } from './start-timeline.js';

const streamsPerFamily = 2;
const settled = { timeout: 20_000, interval: 50 };
let nats: TestNats;
let nc: NatsConnection;
let world: ChatWorld;
let running: RunningTimeline[];

beforeEach(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1, leaseTtlMs: 1_500 });
  world = new ChatWorld(nc, streamsPerFamily);
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((timeline) => timeline.stop()));
  await nc?.close();
  await nats?.stop();
});

async function start(): Promise<RunningTimeline> {
  const timeline = await startTimeline({ natsUrl: nats.url, streamsPerFamily, leaseTtlMs: 1_500 });
  running.push(timeline);
  return timeline;
}

const logs = () => storedLogs(nc, streamsPerFamily);
const kinds = async (userId: string) => ((await logs()).get(userId) ?? []).map(({ kind }) => kind);
const users = (count: number) => Array.from({ length: count }, () => randomUUID());

it('writes what a chat does into the logs of everyone concerned, removal last', async () => {
  const [ann, bob, cyd] = users(3) as [string, string, string];
  const timeline = await start();
  await world.device(ann);
  const chat = await world.group(ann, [bob]);
  await world.send(chat, bob, 3);
  await world.command(chat, ann, { type: 'AddMembers', user_ids: [cyd] });
  await world.command(chat, ann, { type: 'RemoveMember', user_id: bob });
  await world.send(chat, cyd, 2);
  await expect.poll(() => kinds(cyd), settled).toHaveLength(6);
  await expect.poll(() => kinds(ann), settled).toHaveLength(1 + 1 + 1 + 3 + 2 + 2 + 2);
  expect((await kinds(ann))[0]).toBe('device.added');
  expect((await kinds(bob)).at(-1)).toBe('chat.removed');
  await expect.poll(() => timeline.ready()).toBe(true);
  expectWhole(await logs());
  expect(await differenceToChats(nc, streamsPerFamily, await logs())).toBeNull();
});
