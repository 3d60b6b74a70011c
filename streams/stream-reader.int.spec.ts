import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats } from '../test/support/servers.js';
import { publishBatch } from './atomic-batch.js';
import { connectNats } from './connection.js';
import type { PulledBatch } from './ordered-pull.js';
import { publishOne } from './publish-one.js';
import { StreamReader } from './stream-reader.js';
import type { StreamReaderOptions } from './stream-reader.js';

const data = new TextEncoder().encode('text');

describe.each([false, true])('StreamReader, gathered: %s', (isGathered) => {
  let server: TestNats;
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  let readers: StreamReader[] = [];
  let seen: number[] = [];
  let batches: PulledBatch[] = [];
  beforeEach(async () => {
    server = await startNats({ fsync: false });
    nc = await connectNats(server.url, { name: 'reader spec' });
    jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'S', subjects: ['s.>'], allow_atomic: true });
    [readers, seen, batches] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(readers.map((reader) => reader.stop()));
    await nc.close();
    await server.stop();
  });

  function read(options: Partial<StreamReaderOptions> = {}): StreamReader {
    const onBatch = async (batch: PulledBatch) => {
      batches.push(batch);
      seen.push(...batch.messages.map(({ sequence }) => sequence));
    };
    const reader = new StreamReader(nc, { stream: 'S', startSequence: 1, onBatch, isGathered, ...options });
    readers.push(reader);
    return reader;
  }

  const write = (count: number, subject = 's.a') =>
    publishBatch(
      nc,
      Array.from({ length: count }, () => ({ subject, data })),
    );
  const consumers = async () => (await jsm.streams.info('S')).state.consumer_count;
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

  it('delivers what is there and what comes, and says when it has caught up', async () => {
    await write(30);
    read({ batchMessagesMax: 8 });
    await expect.poll(() => seen).toEqual(range(1, 30));
    await write(1, 's.b');
    await expect.poll(() => seen).toEqual(range(1, 31));
    expect(Math.max(...batches.map(({ messages }) => messages.length))).toBeLessThanOrEqual(8);
    expect(batches.at(-1)).toMatchObject({ pendingCount: 0, messages: [{ subject: 's.b', sequence: 31 }] });
    expect(batches[0]!.pendingCount).toBeGreaterThan(0);
    expect(batches[0]!.messages[0]!.timeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it('leaves what comes meanwhile with the server when it gathers, and brings it together', async () => {
    const held = Promise.withResolvers<void>();
    const counts: number[] = [];
    read({
      onBatch: async ({ messages }) => {
        counts.push(messages.length);
        if (counts.length === 1) await held.promise;
      },
    });
    await write(1);
    await expect.poll(() => counts).toEqual([1]);
    for (let count = 0; count < 5; count++) await write(1);
    const left = async () => (await jsm.consumers.list('S').next())[0]?.num_pending;
    await expect.poll(left).toBe(isGathered ? 5 : 0);
    held.resolve();
    await expect.poll(() => counts).toEqual([1, 5]);
  });

  it('starts anywhere, filters subjects, and leaves holes to the caller', async () => {
    for (const subject of ['s.a', 's.b', 's.c']) await write(10, subject);
    await jsm.streams.deleteMessage('S', 8);
    await jsm.streams.deleteMessage('S', 30);
    read({ startSequence: 6, filterSubjects: ['s.a', 's.c'] });
    await expect.poll(() => seen).toEqual([6, 7, 9, 10, ...range(21, 29)]);
  });

  it('holds no more than its maximum while the handler is busy, however long', async () => {
    await write(1_000);
    let release = () => undefined as void;
    const busy = new Promise<void>((resolve) => (release = resolve));
    const sizes: number[] = [];
    read({
      batchMessagesMax: 20,
      onBatch: async ({ messages }) => {
        sizes.push(messages.length);
        await busy;
        seen.push(...messages.map(({ sequence }) => sequence));
      },
    });
    await expect.poll(() => sizes.length).toBe(1);
    await nc.flush();
    const delivered = async () => (await jsm.consumers.list('S').next())[0]?.delivered.consumer_seq;
    expect(await delivered()).toBeLessThanOrEqual(40);
    release();
    await expect.poll(() => seen).toEqual(range(1, 1_000));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
  });

  it('goes on behind the last batch when its consumer was deleted on the server', async () => {
    await write(5);
    const interruptions: unknown[] = [];
    read({ onInterrupted: (error) => interruptions.push(error) });
    await expect.poll(() => seen).toEqual(range(1, 5));
    const [consumer] = await jsm.consumers.list('S').next();
    await jsm.consumers.delete('S', consumer!.name);
    await write(5);
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual(range(1, 10));
    expect(interruptions).toHaveLength(1);
  });

  it('waits for a stream that is not there yet', async () => {
    read({ stream: 'LATER' });
    await jsm.streams.add({ name: 'LATER', subjects: ['later'] });
    await publishOne(nc, { subject: 'later', data });
    await expect.poll(() => seen, { timeout: 60_000 }).toEqual([1]);
  });

  it('ends with the error of its handler, having skipped nothing', async () => {
    await write(3);
    const reader = read({ onBatch: () => Promise.reject(new Error('cannot be decoded')) });
    await expect(reader.closed).rejects.toThrow('cannot be decoded');
    await expect.poll(consumers).toBe(0);
  });

  it('stops after the batch in hand and leaves no consumer behind', async () => {
    await write(3);
    let release = () => undefined as void;
    const reader = read({
      batchMessagesMax: 2,
      onBatch: ({ messages }) =>
        new Promise((resolve) => {
          seen.push(...messages.map(({ sequence }) => sequence));
          release = resolve;
        }),
    });
    await expect.poll(() => seen).toEqual([1, 2]);
    let stopped = false;
    const stopping = reader.stop().then(() => (stopped = true));
    await nc.flush();
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(seen).toEqual([1, 2]);
    expect(await consumers()).toBe(0);
    await read({ startSequence: 100 }).stop();
    expect(await consumers()).toBe(0);
  });

  // Broken once by reopening at the last sequence instead of behind it (a repeat), and one further (a hole).
  it('skips and repeats nothing over kill -9 and restart while others write', async () => {
    read({ batchMessagesMax: 16 });
    let acknowledged = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        const result = await publishBatch(
          nc,
          Array.from({ length: 5 }, () => ({ subject: 's.a', data })),
          { timeoutMs: 300 },
        );
        if (result.ok) acknowledged = result.lastSequence;
      }
    })();
    for (let round = 1; round <= 3; round += 1) {
      const before = acknowledged;
      await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(before + 50);
      await server.kill();
      await server.restart();
    }
    const before = acknowledged;
    await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(before + 50);
    writing = false;
    await writer;
    const last = (await jsm.streams.info('S')).state.last_seq;
    await expect.poll(() => seen.at(-1), { timeout: 60_000 }).toBe(last);
    expect(seen).toEqual(range(1, last));
  });
});
