/**
 * Seen failing: with the greatest end in place of the least when a look has several parts, with those who were forgotten not read
 * anew, with a look that failed taken for one, with who is new asked for from where the others are, and with a stream that has gone
 * back not noticed.
 */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectNats } from '#streams/connection.js';
import { DirectGet, type WrittenLasts } from '#streams/direct-get.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import { randomOf } from '../../test/support/random.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { WrittenSince } from './written-since.js';

let server: TestNats;
let nc: NatsConnection;
let jsm: JetStreamManager;
let direct: Replica;
let written: WrittenSince<number | null>;
/** The sequence of a message that cannot be read. */
let damaged: number | null = null;

/** The store as one of its replicas answers: some messages behind, or not at all. */
class Replica {
  /** Of each answer anew: another replica may give it. */
  behind = () => 0;
  isAway = false;
  asked = 0;
  private readonly direct = new DirectGet(nc);

  async lastsAfter(stream: string, subjects: readonly string[], sequence: number): Promise<WrittenLasts> {
    this.asked += 1;
    if (this.isAway) throw new StoreUnavailable('away');
    const { messages, upToSequence } = await this.direct.lastsAfter(stream, subjects, sequence);
    if (upToSequence === null) return { messages, upToSequence };
    const upTo = Math.max(0, upToSequence - this.behind());
    return { messages: messages.filter((message) => message.sequence <= upTo), upToSequence: upTo };
  }
}

beforeAll(async () => {
  server = await startNats({ fsync: false });
  nc = await connectNats(server.url, { name: 'written since' });
  jsm = await jetstreamManager(nc);
});
afterAll(async () => {
  await nc.close();
  await server.stop();
});
const streams = ['S0', 'S1'];
const made = () =>
  Promise.all(streams.map((name) => jsm.streams.add({ name, subjects: [`${name}.*`], allow_direct: true })));
const unmade = () => Promise.all(streams.map((name) => jsm.streams.delete(name).catch(() => false)));
beforeEach(async () => {
  await unmade();
  await made();
  direct = new Replica();
  const placeOf = (id: string) => {
    const stream = streams[Number(id) % 2]!;
    return { stream, subject: `${stream}.${id}` };
  };
  written = new WrittenSince(direct, placeOf, (message) => {
    if (message !== null && message.sequence === damaged) throw new Error('damaged');
    return message?.sequence ?? null;
  });
});

const write = async (id: string) => {
  await publishOne(nc, { subject: `${streams[Number(id) % 2]!}.${id}`, data: new Uint8Array(1) });
};
const ids = ['1', '2', '3', '4', '5'];
/** In one stream. */
const odd = ['1', '3', '5'];
const among = async (some = ids) => Object.fromEntries(await written.among(some));

test('all at first, then those who were written to, forgotten or not asked for the last time', async () => {
  for (const id of ['1', '2', '3', '1']) await write(id);
  expect(await among()).toEqual({ 1: 3, 2: 1, 3: 2, 4: null, 5: null });
  expect(await among()).toEqual({});
  await write('5');
  await write('2');
  expect(await among()).toEqual({ 5: 4, 2: 2 });
  written.forget('3');
  expect(await among()).toEqual({ 3: 2 });
  expect(await among(['1'])).toEqual({});
  expect(await among(['1', '2'])).toEqual({ 2: 2 });
});

test('what a look that failed was to show is shown by the next', async () => {
  await write('1');
  await among(odd);
  written.forget('1');
  await write('3');
  direct.isAway = true;
  await expect(among(odd)).rejects.toThrow(StoreUnavailable);
  direct.isAway = false;
  expect(await among(odd)).toEqual({ 1: 1, 3: 2 });
});

test('nor is anything lost by a message that cannot be read', async () => {
  await write('1');
  await among(odd);
  await write('3');
  await write('1');
  damaged = 3;
  await expect(among(odd)).rejects.toThrow('damaged');
  damaged = null;
  expect(await among(odd)).toEqual({ 1: 3, 3: 2 });
});

test('thousands, in a few requests', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => String(index));
  await write('4321');
  const first = await among(many);
  expect([Object.keys(first).length, first['4321'], first['1']]).toEqual([5_000, 1, null]);
  await write('4321');
  direct.asked = 0;
  expect((await among(many))['4321']).toBe(2);
  expect(direct.asked).toBeLessThanOrEqual(8);
});

test('a stream that has gone back is looked at anew', async () => {
  for (const id of ['1', '3', '1', '3', '1']) await write(id);
  await among(odd);
  await unmade();
  await made();
  await write('3');
  expect(await among(odd)).toEqual({});
  expect(await among(odd)).toEqual({ 1: null, 3: 1, 5: null });
});

test.each([1, 2, 3, 4, 5, 6])('nothing is missed, whatever lags, fails and comes (seed %i)', async (seed) => {
  const { integer, pick } = randomOf(seed);
  const all = Array.from({ length: 12 }, (_, index) => String(index));
  const last = new Map<string, number>();
  const shown = new Map<string, number>();
  const look = async (some: readonly string[]) => {
    for (const [id, sequence] of Object.entries(await among([...some])))
      if (sequence !== null) shown.set(id, Math.max(sequence, shown.get(id) ?? 0));
  };
  const counts = new Map<string, number>();
  for (let step = 0; step < 240; step++) {
    const id = pick(all);
    const stream = streams[Number(id) % 2]!;
    if (integer(3) > 0) {
      await write(id);
      counts.set(stream, (counts.get(stream) ?? 0) + 1);
      last.set(id, counts.get(stream)!);
    }
    if (integer(6) === 0) {
      // Whoever opens it again begins with what a replica says.
      written.forget(id);
      shown.delete(id);
    }
    if (integer(3) > 0) continue;
    direct.behind = () => integer(4);
    direct.isAway = integer(5) === 0;
    await look(all.filter(() => integer(8) > 0)).catch(() => undefined);
  }
  direct.behind = () => 0;
  direct.isAway = false;
  await look(all);
  await look(all);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(last));
});
