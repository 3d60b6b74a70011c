import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refuseLostData } from '#process/lost-data.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { newPosition } from '#streams/user-stream-message.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { openEpoch, showEpoch } from './open-epoch.js';

const topology = { streamsPerFamily: 1, replicas: 1 };
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let said: string[];

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
});
afterAll(async () => {
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});
beforeEach(async () => {
  const jsm = await jetstreamManager(nc);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  await applyTopology(nc, topology);
  await database.db.deleteFrom('odnix.checkpoints').execute();
  said = [];
});

const say = (line: string) => void said.push(line);
const open = (even_if_whole = false) => openEpoch(nc, database.db, { even_if_whole }, say);
const show = () => showEpoch(nc, database.db, say);
const start = () => refuseLostData({ natsUrl: nats.url, databaseUrl: database.url }, { readsLogs: true });
const metadata = async () => (await (await jetstreamManager(nc)).streams.info('USER_0')).config.metadata!;
const log = () => new UserLog(nc, new DirectGet(nc));
const savePositions = async (CHAT_0: number) => {
  const position = newPosition('USER_0', { format: 1, positions: { CHAT_0 } });
  expect((await log().append(await log().lastSequence('USER_0'), [position])).ok).toBe(true);
};
const folded = (stream: string, sequence: number) =>
  database.db
    .insertInto('odnix.checkpoints')
    .values({ schema: 'chats_v1', stream, sequence, fence: 1 })
    .execute();

test('nothing lost: shown so, started, and no epoch opened unless told to', async () => {
  await expect(start()).resolves.toBeUndefined();
  expect([await show(), await open()]).toEqual([0, 1]);
  expect((await metadata())['odnix.epoch']).toBe('1');
  expect(await open(true)).toBe(0);
  expect(Number((await metadata())['odnix.epoch'])).toBeGreaterThan(1_700_000_000);
});

test('lost to a read model: refused until an epoch is open, which setup leaves alone; a second time refuses', async () => {
  await folded('CHAT_0', 7);
  await expect(start()).rejects.toThrow('CHAT_0 ends at 0, but the read model chats_v1 stands at 7: 7 lost');
  expect([await show(), await open()]).toEqual([1, 0]);
  const { 'odnix.epoch': epoch } = await metadata();
  expect(epoch).not.toBe('1');
  await applyTopology(nc, topology);
  expect((await metadata())['odnix.epoch']).toBe(epoch);
  await expect(start()).resolves.toBeUndefined();
  expect(await open()).toBe(1);
});

test('a log that tells of more than its source holds is cut back to positions within it', async () => {
  await savePositions(0);
  await savePositions(5);
  await savePositions(9);
  await expect(start()).rejects.toThrow('CHAT_0 ends at 0, but USER_0 stands at 9: 9 lost');
  expect(await open()).toBe(0);
  expect(said).toContain('USER_0: 2 messages taken away');
  expect(await log().savedPosition('USER_0')).toEqual({
    sequence: 4,
    position: { format: 1, positions: { CHAT_0: 0 } },
  });
  await expect(start()).resolves.toBeUndefined();
});

test('half open: nobody starts; run again it goes on, with the same number', async () => {
  const jsm = await jetstreamManager(nc);
  const { config } = await jsm.streams.info('USER_0');
  await jsm.streams.update('USER_0', { ...config, metadata: { ...config.metadata, 'odnix.opening': '77' } });
  await expect(start()).rejects.toThrow('A new epoch is being opened');
  expect([await show(), await open()]).toEqual([1, 0]);
  expect(await metadata()).toMatchObject({ 'odnix.epoch': '77' });
  expect(await metadata()).not.toHaveProperty('odnix.opening');
  await expect(start()).resolves.toBeUndefined();
});

test('while somebody may write nothing is changed', async () => {
  await folded('CHAT_0', 7);
  const jsm = await jetstreamManager(nc);
  await nc.request('$KV.LEASES.timeline.lease.USER_0', JSON.stringify({ holder: 'somebody' }));
  expect(await open()).toBe(1);
  expect((await metadata())['odnix.epoch']).toBe('1');
  await jsm.streams.purge('KV_LEASES');
  expect(await open()).toBe(0);
});
