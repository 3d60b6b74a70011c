/**
 * How a USER stream may look that was restored from a snapshot taken under writing. Seen failing: when the last source's entries
 * stay, when folded ones are taken away too, and when no positions are saved behind the hole.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { newEntry, newPosition } from '#streams/user-stream-message.js';
import { writtenSources } from '#streams/written-sources.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { endLog } from './end-log.js';

const stream = 'USER_0';
const people = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
let server: TestNats;
let nats: NatsConnection;
let log: UserLog;

beforeAll(async () => {
  server = await startNats({ fsync: false });
  nats = await connectNats(server.url);
  log = new UserLog(nats, new DirectGet(nats));
});
afterAll(async () => {
  await nats?.close();
  await server?.stop();
});
/** Positions at 1, an entry each of CHAT_0 7 at 2 and 3, and of CHAT_0 8 at 4 and 5, behind which the stream has lost one. */
beforeEach(async () => {
  const { streams } = await jetstreamManager(nats);
  for await (const { config } of streams.list()) await streams.delete(config.name);
  await applyTopology(nats, { streamsPerFamily: 1, replicas: 1 });
  await append(0, newPosition(stream, { format: 1, positions: { CHAT_0: 5, RECEIPT_0: 3 } }));
  await append(1, ...people.map((id) => newEntry(id, entry(1, 7))));
  await append(3, ...people.map((id) => newEntry(id, entry(2, 8))));
  await append(5, newEntry(people[0], entry(3, 9)));
  await streams.deleteMessage(stream, 6, false);
});

const append = async (after: number, ...messages: Parameters<UserLog['append']>[1]) =>
  expect((await log.append(after, messages)).ok).toBe(true);

const entry = (pts: number, sequence: number): UserLogEntry => ({
  format: 1,
  pts,
  kind: 'message.new',
  date_ms: 1,
  source: { stream: 'CHAT_0', sequence, index: 0 },
  chat_id: people[0],
  chat_pts: sequence,
  seq: sequence,
  hash: 'of the test',
});

const places = async () => {
  const direct = new DirectGet(nats);
  const { messages } = await direct.getBatch(stream, { subject: 'user.>', startSequence: 1, max: 10 });
  return messages.map(({ sequence }) => sequence);
};

test('what the read model has not folded of the last source is written again by the writer, from there on', async () => {
  await endLog(nats, stream, 3);
  expect(await places()).toEqual([2, 3]);
  const position = { format: 1, positions: { CHAT_0: 7, RECEIPT_0: 3 } };
  expect(await log.savedPosition(stream)).toEqual({ sequence: 7, position });
  expect([...(await writtenSources(log, stream))]).toEqual(Object.entries(position.positions));
});

test('what it has folded stays', async () => {
  await endLog(nats, stream, 5);
  expect(await places()).toEqual([2, 3, 4, 5]);
  expect((await log.savedPosition(stream))!.position.positions).toEqual({ CHAT_0: 8, RECEIPT_0: 3 });
  // Run again, it finds nothing to do but to say so again.
  await endLog(nats, stream, 5);
  expect(await places()).toEqual([2, 3, 4, 5]);
});

test('a part of one source that was folded is nothing that a backup of ours can hold', async () => {
  await expect(endLog(nats, stream, 4)).rejects.toThrow('a part of one source was folded');
});
