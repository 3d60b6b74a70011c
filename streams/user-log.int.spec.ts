import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import { startNats, type TestNats } from '../test/support/servers.js';
import { applyTopology } from './apply-topology.js';
import { connectNats } from './connection.js';
import { DirectGet } from './direct-get.js';
import { UserLog } from './user-log.js';
import { newEntry, newPosition } from './user-stream-message.js';

const stream = 'USER_0';
let nats: TestNats;
let nc: NatsConnection;
let log: UserLog;

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  log = new UserLog(nc, new DirectGet(nc));
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

const entry = (pts: number): UserLogEntry => ({
  format: 1,
  pts,
  kind: 'device.removed',
  date_ms: 1_000 + pts,
  source: { stream: 'ACCOUNT_0', sequence: pts, index: 0 },
  hash: `hash-${pts}`,
});

it('stores batches behind one another, several in flight, and refuses all behind a refused one', async () => {
  const user = randomUUID();
  const start = await log.lastSequence(stream);
  const good = [0, 1, 2].map((batch) =>
    log.append(start + batch * 2, [
      newEntry(user, entry(batch * 2 + 1)),
      newEntry(user, entry(batch * 2 + 2)),
    ]),
  );
  const behindARefused = [
    log.append(start + 5, [newEntry(user, entry(9))]),
    log.append(start + 7, [newEntry(user, entry(10))]),
  ];
  expect((await Promise.all(good)).map((result) => result.ok && result.firstSequence)).toEqual([
    start + 1,
    start + 3,
    start + 5,
  ]);
  for (const result of await Promise.all(behindARefused))
    expect(result).toMatchObject({ ok: false, reason: 'conflict' });
  const { entries, pendingCount } = await log.entries(stream, user, { fromSequence: start + 2, max: 3 });
  expect(entries.map(({ entry: { pts }, sequence }) => [pts, sequence - start])).toEqual([
    [2, 2],
    [3, 3],
    [4, 4],
  ]);
  expect(pendingCount).toBe(2);
});

it('lets one of two writers through, however they race', async () => {
  const user = randomUUID();
  for (let race = 0; race < 50; race += 1) {
    const last = await log.lastSequence(stream);
    const results = await Promise.all([
      log.append(last, [newEntry(user, entry(1)), newEntry(user, entry(2))]),
      log.append(last, [newEntry(user, entry(1))]),
    ]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  }
});

it('refuses a head that is not the one the writer read, in the same batch as the fence', async () => {
  const user = randomUUID();
  const last = await log.lastSequence(stream);
  const first = await log.append(last, [newEntry(user, entry(1), 0), newEntry(user, entry(2))]);
  expect(first).toMatchObject({ ok: true });
  const stale = await log.append(last + 2, [
    newEntry(randomUUID(), entry(1), 0),
    newEntry(user, entry(1), 0),
  ]);
  expect(stale).toMatchObject({ ok: false, reason: 'conflict' });
  expect(
    await log.append(last + 2, [newEntry(randomUUID(), entry(1), 0), newEntry(user, entry(3), last + 2)]),
  ).toMatchObject({ ok: true });
  expect((await log.heads(stream, [user])).get(user)).toMatchObject({
    user_id: user,
    sequence: last + 4,
    entry: { pts: 3 },
  });
});

it('reads many heads at once, and tells nothing of who has no entry', async () => {
  const users = Array.from({ length: 1_500 }, () => randomUUID());
  let last = await log.lastSequence(stream);
  for (const half of [users.slice(0, 700), users.slice(700, 1_400)]) {
    const result = await log.append(
      last,
      half.map((user) => newEntry(user, entry(1), 0)),
    );
    expect(result).toMatchObject({ ok: true });
    last += half.length;
  }
  const heads = await log.heads(stream, users);
  expect([...heads.keys()].sort()).toEqual(users.slice(0, 1_400).sort());
});

it('scans a range whole, positions among the entries', async () => {
  const last = await log.lastSequence(stream);
  const position = { format: 1, positions: { CHAT_0: 7 } } as const;
  await log.append(last, [
    newEntry(randomUUID(), entry(1)),
    newPosition(stream, position),
    newEntry(randomUUID(), entry(1)),
  ]);
  expect(await log.savedPosition(stream)).toEqual({ sequence: last + 2, position });
  const kinds: string[] = [];
  for await (const page of log.scan(stream, last + 1, last + 3, 2))
    kinds.push(...page.map(({ kind }) => kind));
  expect(kinds).toEqual(['entry', 'position', 'entry']);
});

it('stops at bytes that are no entry', async () => {
  const last = await log.lastSequence(stream);
  const user = randomUUID();
  await log.append(last, [{ ...newEntry(user, entry(1)), data: new TextEncoder().encode('{"format":2}') }]);
  await expect(log.heads(stream, [user])).rejects.toThrow('is not an entry');
});
