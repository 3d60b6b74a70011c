/**
 * What a server that stands alone keeps of batches while it writes them. Seen failing: without the links; with what another server's
 * store has left behind kept.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, expect, it } from 'vitest';
import { publishBatch } from '#streams/atomic-batch.js';
import { connectNats } from '#streams/connection.js';
import { StreamReader } from '#streams/stream-reader.js';
import { seededRandom } from '../../../test/support/random.js';
import { freshDirectory } from '../../../test/support/run-directory.js';
import { startNatsServer, type NatsServer } from './nats-server.js';

const memory = '/dev/shm';
const batch_messages = 40;
const kills = 4;

let server: NatsServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function started(directory: string): Promise<string> {
  server = await startNatsServer({ directory, fsync: false });
  const nc = await connectNats(server.url);
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: 'S', subjects: ['s'], allow_atomic: true }).catch(() => undefined);
  await nc.close();
  server.streamsMade();
  return server.url;
}

const batchesOf = (directory: string) => join(directory, 'store/jetstream/$G/streams/S/batches');
const encoded = (text: string) => new TextEncoder().encode(text);
const batch = (name: string) =>
  Array.from({ length: batch_messages }, () => ({ subject: 's', data: encoded(name) }));

it('is in memory while it is written, and gone after', async () => {
  const directory = freshDirectory();
  const nc = await connectNats(await started(directory));
  expect(lstatSync(batchesOf(directory)).isSymbolicLink()).toBe(true);
  const place = readlinkSync(batchesOf(directory));
  expect(place.startsWith(memory)).toBe(true);
  expect(await publishBatch(nc, batch('one'))).toMatchObject({ ok: true, lastSequence: batch_messages });
  expect(readdirSync(place)).toEqual([]);
  await nc.close();
  await server!.stop();
  expect(existsSync(place)).toBe(false);
});

it('of a batch that a kill cut off there is all or nothing', async () => {
  const chance = seededRandom('batches in memory');
  const directory = freshDirectory();
  for (let kill = 0; kill < kills; kill++) {
    const nc = await connectNats(await started(directory), { reconnect: false });
    let isOver = false;
    const writer = async (name: string) => {
      for (let count = 0; !isOver; count++) {
        const result = await publishBatch(nc, batch(`${kill} ${name} ${count}`), { timeoutMs: 1_000 });
        if (!result.ok) return;
      }
    };
    const writing = Promise.all(['a', 'b', 'c'].map(writer));
    await pause(20 + chance.integer(200));
    await server!.kill();
    isOver = true;
    await writing;
    await nc.close();
  }
  const counts = await countsByBatch(await started(directory));
  expect(counts.size).toBeGreaterThan(kills);
  expect([...new Set(counts.values())]).toEqual([batch_messages]);
});

it('takes away what servers left behind whose stores are gone', async () => {
  const directory = freshDirectory();
  await started(directory);
  const place = join(readlinkSync(batchesOf(directory)), '..');
  await server!.kill();
  rmSync(directory, { recursive: true });
  expect(existsSync(place)).toBe(true);
  await started(freshDirectory());
  expect(existsSync(place)).toBe(false);
});

async function countsByBatch(url: string): Promise<Map<string, number>> {
  const nc = await connectNats(url);
  const counts = new Map<string, number>();
  const isRead = Promise.withResolvers<void>();
  const reader = new StreamReader(nc, {
    stream: 'S',
    startSequence: 1,
    onBatch: async ({ messages, pendingCount }) => {
      for (const { data } of messages) {
        const name = new TextDecoder().decode(data);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      if (pendingCount === 0) isRead.resolve();
    },
  });
  await isRead.promise;
  await reader.stop();
  await nc.close();
  return counts;
}
