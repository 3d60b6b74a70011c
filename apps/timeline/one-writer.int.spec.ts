/**
 * I2: a user's log is numbered 1, 2, 3, ... whoever else writes, and whenever a writer dies.
 *
 * Seen failing. Without the expected last sequence (streams/user-log.ts) two writers at once break the logs, and both stop
 * there. With several batches in flight, each expecting the sequence that the one before would end at, they do too: a
 * batch was accepted behind another writer's of the same length. With every source resumed one message further
 * (`raisePlace` in resume.ts), "kill -9" misses entries; one message earlier, it repeats them, and the next writer stops.
 */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Decision } from '#domain/kernel/decision.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { streamOf } from '#streams/subjects.js';
import { UserLog } from '#streams/user-log.js';
import { ChatWorld } from '../../test/support/chat-world.js';
import { seededRandom } from '../../test/support/random.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { differenceToChats, expectWhole, storedLogs } from '../../test/support/stored-logs.js';
import { startTimelineProcess, type TimelineProcess } from '../../test/support/timeline-process.js';
import { noStoredMarks } from './cursor-marks.js';
import { Reading } from './reading.js';
import { SourceMessage } from './source-message.js';
import { whole_message } from './source-place.js';
import { SourceReads } from './source-reads.js';
import { UserStreamWriter } from './user-stream-writer.js';
import { Writing } from './writing.js';

const streamsPerFamily = 2;
const leaseTtlMs = 1_000;
const rounds_count = 3;
const slow_machine_ms = 180_000;
const settled = { timeout: 60_000, interval: 100 };
let nats: TestNats;
let nc: NatsConnection;
let world: ChatWorld;
let child: TimelineProcess | undefined;

beforeEach(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1, leaseTtlMs });
  world = new ChatWorld(nc, streamsPerFamily);
});
afterEach(async () => {
  await child?.kill();
  child = undefined;
  await nc?.close();
  await nats?.stop();
});

/** Everything a timeline does, on both USER streams, whoever has the leases. */
async function writeWithoutLease(interruptions: string[]): Promise<() => Promise<void>> {
  const own = await connectNats(nats.url);
  const directGet = new DirectGet(own);
  const reads = new SourceReads(directGet);
  const onStopped = (stream: string, error: unknown) =>
    interruptions.push(`${stream} stopped: ${String(error)}`);
  const reading = new Reading({ nc: own, reads, streamsPerFamily, onStopped });
  const writings = ['USER_0', 'USER_1'].map(
    (stream) =>
      new Writing({
        nc: own,
        stream,
        log: new UserLog(own, directGet),
        reads,
        reading,
        storedMarks: noStoredMarks,
        onInterrupted: (_, error) => interruptions.push(String(error)),
      }),
  );
  return async () => {
    await Promise.all(writings.map((writing) => writing.finish()));
    await reading.stop();
    await own.close();
  };
}

async function everythingWritten(): Promise<void> {
  const difference = async () =>
    differenceToChats(nc, streamsPerFamily, await storedLogs(nc, streamsPerFamily));
  await expect.poll(difference, settled).toBeNull();
}

const users = (count: number) => Array.from({ length: count }, () => randomUUID());

// Seen failing with entries announced before the store has answered.
it('what the store refuses is announced to nobody', async () => {
  const log = new UserLog(nc, new DirectGet(nc));
  const user_id = users(64).find((id) => streamOf('USER', id, streamsPerFamily) === 'USER_0')!;
  const announced: unknown[] = [];
  // As a writer that was stopped for a while believes: the stream is elsewhere by now.
  const start = { lastSequence: 7, places: new Map(), heads: new Map(), marks: new Map() };
  const announce = (entries: readonly unknown[]) => void announced.push(...entries);
  const options = { stream: 'USER_0', log, start, storedMarks: noStoredMarks, announce };
  const writer = new UserStreamWriter(options);
  const draft = { user_id, kind: 'chat.removed', chat_id: randomUUID(), chat_pts: 1 } as const;
  writer.add({
    source: new SourceMessage('CHAT_0', 1, { events: [] } as unknown as Decision),
    drafts: [{ ...draft, index: 0, date_ms: 1 }],
    upTo: { sequence: 1, index: whole_message },
  });
  await expect(writer.ended).rejects.toThrow(/conflict/);
  expect(announced).toEqual([]);
  expect(await log.lastSequence('USER_0')).toBe(0);
});

it(
  'two writers at once: the store lets one through',
  async () => {
    const random = seededRandom('two writers at once');
    const people = users(12);
    const chats = await Promise.all([0, 1, 2].map((i) => world.group(people[i]!, people)));
    const interruptions: string[] = [];
    const stops = await Promise.all([writeWithoutLease(interruptions), writeWithoutLease(interruptions)]);
    for (let i = 0; i < 80; i++) {
      const chat = random.pick(chats);
      const sender = random.pick(world.members(chat));
      await world.send(chat, sender, 1 + random.integer(4));
      await world.read(random.pick(world.members(chat)), [
        { chat_id: chat, seq: world.lastSeq(chat), after: world.headOf(chat) },
      ]);
    }
    await everythingWritten();
    await Promise.all(stops.map((stop) => stop()));
    expectWhole(await storedLogs(nc, streamsPerFamily));
    expect(interruptions.filter((one) => !one.includes('conflict'))).toEqual([]);
    expect(interruptions.length).toBeGreaterThan(0);
  },
  slow_machine_ms,
);

it(
  'kill -9 at random moments, another process takes over',
  async () => {
    const random = seededRandom('kill -9 of the timeline');
    const people = users(20);
    const chats = await Promise.all(
      [0, 1, 2, 3].map((i) => world.group(people[i]!, people.slice(0, 8 + 4 * i))),
    );
    const options = { natsUrl: nats.url, streamsPerFamily, leaseTtlMs };
    const log = new UserLog(nc, new DirectGet(nc));
    const written = async () => (await log.lastSequence('USER_0')) + (await log.lastSequence('USER_1'));
    child = startTimelineProcess(options);
    for (let round = 1; round <= rounds_count; round++) {
      const killAt = (await written()) + 1 + random.integer(500);
      const killed = expect.poll(written, { ...settled, interval: 5 }).toBeGreaterThanOrEqual(killAt);
      for (let i = 0; i < 30; i++) {
        const chat = random.pick(chats);
        await world.send(chat, random.pick(world.members(chat)), 1 + random.integer(6));
        const cursor = { chat_id: chat, seq: world.lastSeq(chat), after: world.headOf(chat) };
        await world.read(random.pick(world.members(chat)), [cursor]);
      }
      await killed;
      await child.kill();
      child = startTimelineProcess(options);
    }
    await everythingWritten();
    expect(await child.stop()).toBe(0);
    const logs = await storedLogs(nc, streamsPerFamily);
    expectWhole(logs);
    expect(child.output()).toBe('');
  },
  slow_machine_ms,
);
