import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, describe, expect, it } from 'vitest';
import { startNatsCluster } from '../test/support/nats-cluster.js';
import { startNats } from '../test/support/servers.js';
import { batch_messages_max, publishBatch } from './atomic-batch.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import type { OutgoingMessage } from './message-headers.js';
import { publishOne } from './publish-one.js';

const text = (value: string) => new TextEncoder().encode(value);
const message = (subject: string, rest: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  subject,
  data: text(subject),
  ...rest,
});

describe('publishBatch', () => {
  let urls: string[] = [];
  let stop = async () => {};
  let connections: NatsConnection[] = [];
  afterEach(async () => {
    await Promise.all(connections.map((nc) => nc.close()));
    await stop();
    connections = [];
  });

  async function connected(url: string): Promise<NatsConnection> {
    const nc = await connectNats(url, { name: 'batch spec' });
    connections.push(nc);
    return nc;
  }

  async function withStream(replicas: 1 | 3): Promise<NatsConnection> {
    const servers = replicas === 1 ? await startNats({ fsync: false }) : await startNatsCluster(replicas);
    urls = 'urls' in servers ? servers.urls : [servers.url];
    stop = () => servers.stop();
    const nc = await connected(urls[0]!);
    const jsm = await jetstreamManager(nc);
    const config = { subjects: ['s.>'], allow_atomic: true, allow_direct: true, num_replicas: replicas };
    await jsm.streams.add({ name: 'S', ...config });
    return nc;
  }

  it('stores all messages in the order given and tells where', async () => {
    const nc = await withStream(1);
    await publishOne(nc, message('s.before'));
    const batch = ['s.a', 's.b', 's.a'].map((subject) => message(subject));
    expect(await publishBatch(nc, batch)).toEqual({ ok: true, firstSequence: 2, lastSequence: 4 });
    const direct = new DirectGet(nc);
    const stored = await Promise.all([2, 3, 4].map((sequence) => direct.getBySequence('S', sequence)));
    expect(stored.map((found) => found?.subject)).toEqual(['s.a', 's.b', 's.a']);
    expect(await publishBatch(nc, [message('s.alone')])).toEqual({
      ok: true,
      firstSequence: 5,
      lastSequence: 5,
    });
  });

  it('stores nothing and says conflict when an expected sequence does not hold', async () => {
    const nc = await withStream(1);
    const last = await publishBatch(nc, [message('s.a', { expectedLastSubjectSequence: 0 }), message('s.b')]);
    expect(last).toEqual({ ok: true, firstSequence: 1, lastSequence: 2 });
    const stale = [message('s.c'), message('s.a', { expectedLastSubjectSequence: 0 })];
    expect(await publishBatch(nc, stale)).toMatchObject({ ok: false, reason: 'conflict', code: 10071 });
    const fenced = await publishBatch(nc, [message('s.a'), message('s.b')], { expectedLastSequence: 1 });
    expect(fenced).toMatchObject({ ok: false, reason: 'conflict', code: 10071 });
    const next = [
      message('s.b', { expectedLastSubjectSequence: 2 }),
      message('s.a', { expectedLastSubjectSequence: 1 }),
    ];
    expect(await publishBatch(nc, next, { expectedLastSequence: 2 })).toMatchObject({
      ok: true,
      firstSequence: 3,
    });
  });

  it('refuses the whole batch for one known message id', async () => {
    const nc = await withStream(1);
    await publishOne(nc, message('s.a', { msgId: 'known' }));
    const batch = [message('s.b', { msgId: 'new' }), message('s.a', { msgId: 'known' })];
    expect(await publishBatch(nc, batch)).toEqual({ ok: false, reason: 'duplicate', code: 10201 });
    expect(await publishOne(nc, message('s.b', { msgId: 'new' }))).toEqual({ ok: true, sequence: 2 });
  });

  // Seen failing with the fence left out, with the repeat told as stored, and as a batch.
  it('stores one message without having it collected first, under the same conditions', async () => {
    const nc = await withStream(1);
    const one = [message('s.a', { msgId: 'one', expectedLastSubjectSequence: 0 })];
    expect(await publishBatch(nc, one, { expectedLastSequence: 0 })).toMatchObject({
      ok: true,
      lastSequence: 1,
    });
    const stored = await new DirectGet(nc).getBySequence('S', 1);
    expect(stored?.headers.has('Nats-Batch-Id')).toBe(false);
    const conflict = { ok: false, reason: 'conflict', code: 10071 };
    expect(await publishBatch(nc, [message('s.b')], { expectedLastSequence: 0 })).toMatchObject(conflict);
    const stale = [message('s.a', { expectedLastSubjectSequence: 0 })];
    expect(await publishBatch(nc, stale)).toMatchObject(conflict);
    const repeat = [message('s.a', { msgId: 'one' })];
    expect(await publishBatch(nc, repeat)).toEqual({ ok: false, reason: 'duplicate', duplicateOf: 1 });
    // In flight one behind the other, each expecting the one before.
    const chain = [1, 2, 3].map((expectedLastSequence) =>
      publishBatch(nc, [message('s.c')], { expectedLastSequence }),
    );
    expect((await Promise.all(chain)).map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it('leaves nothing open on the server when a batch is too large', async () => {
    const nc = await withStream(1);
    const tooMany = Array.from({ length: batch_messages_max + 1 }, () => message('s.a'));
    expect(await publishBatch(nc, tooMany)).toEqual({ ok: false, reason: 'too_large' });
    const tooBig = message('s.a', { data: new Uint8Array(nc.info!.max_payload) });
    expect(await publishBatch(nc, [message('s.a'), tooBig])).toEqual({ ok: false, reason: 'too_large' });
    expect(nc.stats().outMsgs).toBeLessThan(10);
    const full = Array.from({ length: batch_messages_max }, () => message('s.a'));
    expect(await publishBatch(nc, full)).toMatchObject({ ok: true, lastSequence: batch_messages_max });
  });

  it('says unavailable when no stream listens, and when a part of the batch got lost', async () => {
    const nc = await withStream(1);
    expect(await publishBatch(nc, [message('x.a'), message('x.b')])).toEqual({
      ok: false,
      reason: 'unavailable',
    });
    const torn = [message('s.a'), message('x.lost'), message('s.a')];
    expect(await publishBatch(nc, torn)).toEqual({ ok: false, reason: 'unavailable', code: 10176 });
  });

  // Broken once by sending the messages of a batch as lone publishes: foreign messages stood in between at once.
  it.each([1, 3] as const)(
    'keeps a batch contiguous among concurrent writers (%d replicas)',
    async (replicas) => {
      await withStream(replicas);
      const writers = await Promise.all(
        Array.from({ length: 4 }, (_, i) => connected(urls[i % urls.length]!)),
      );
      const batches_per_writer = 25;
      const accepted = new Map<string, { first: number; last: number }>();
      await Promise.all(
        writers.flatMap((nc, writer) => [
          writeBatches(nc, writer, batches_per_writer, accepted),
          writeLoneMessages(nc, writer, batches_per_writer),
        ]),
      );
      expect(accepted.size).toBe(writers.length * batches_per_writer);
      const direct = new DirectGet(writers[0]!);
      for (const [subject, { first, last }] of accepted) {
        expect(last - first + 1).toBe(batchSize(subject));
        for (const sequence of [first, Math.floor((first + last) / 2), last]) {
          expect((await direct.getBySequence('S', sequence, { leader: true }))?.subject).toBe(subject);
        }
      }
    },
  );
});

/** Wide enough that a batch takes many reads of the server's socket, and others' messages come in between. */
const wide = new Uint8Array(16_384);
const batchSize = (subject: string) => 2 + (Number(subject.split('.').at(-1)) % 19);

async function writeBatches(
  nc: NatsConnection,
  writer: number,
  count: number,
  accepted: Map<string, { first: number; last: number }>,
): Promise<void> {
  const one = async (subject: string) => {
    const batch = Array.from({ length: batchSize(subject) }, (_, i) =>
      message(subject, { data: wide, ...(i === 0 ? { expectedLastSubjectSequence: 0 } : {}) }),
    );
    const result = await publishBatch(nc, batch);
    expect(result).toMatchObject({ ok: true });
    if (result.ok) accepted.set(subject, { first: result.firstSequence, last: result.lastSequence });
  };
  await Promise.all(Array.from({ length: count }, (_, i) => one(`s.batch.${writer}.${i}`)));
}

async function writeLoneMessages(nc: NatsConnection, writer: number, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await publishOne(nc, message(`s.lone.${writer}`, { data: wide }));
}
