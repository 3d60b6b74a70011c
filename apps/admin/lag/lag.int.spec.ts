/**
 * What operators look at, on streams and tables that are known exactly. Seen failing with every lease counted as free, and with a
 * badge's receipts counted that were checked before the user came; of who comes again, with the cursor of the stay before, with the badge
 * of who left shown, and with a channel's messages demanded of the log.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeOver } from '#db/checkpoint.js';
import type { ReceiptEvent } from '#domain/receipt/events.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { foldBatch } from '#projections/fold-batch.js';
import type { ProjectedRecord, Projection } from '#projections/define-projection.js';
import { requestIdsProjection } from '#projections/request-ids/projection.js';
import { userLogProjection } from '#projections/user-log/projection.js';
import { encodeDecision } from '#domain/catalogue.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { Lease } from '#streams/lease.js';
import { publishOne } from '#streams/publish-one.js';
import { receiptSubject } from '#streams/subjects.js';
import { newPosition } from '#streams/user-stream-message.js';
import { adminContext, type HeardContext } from '../../../test/support/admin-context.js';
import { ChatHistory, counter, LogHistories, member } from '../../../test/support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { storeRecords } from '../../../test/support/stored-history.js';
import { projectionsListOperation } from '../projections/list-projections.js';
import { streamsApplyOperation } from '../streams/apply-streams.js';
import { driftOperation } from '../streams/drift-operation.js';
import { streamsListOperation } from '../streams/show-streams.js';
import { explainUnreadOperation } from '../unread/explain-unread.js';
import { startInstallationLook } from '../look/installation-look.js';
import { scrapedHere } from '../../../test/support/scraped.js';
import { lagOperation } from './lag-operation.js';
import { lagsOf } from './lags.js';

let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let context: HeardContext;
const [ann, bob, cid] = [randomUUID(), randomUUID(), randomUUID()];
const phone = randomUUID();
const next = { chats: counter(), logs: counter() };
const chat = new ChatHistory('CHAT_0', next.chats);
const logs = new LogHistories('USER_0', next.logs);
const members = new Map([[ann, member(ann)]]);
const told = (record: ReturnType<ChatHistory['decide']>) => logs.follow(record, members);

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  context = adminContext(nc, database);
  told(chat.create([member(ann)]));
  members.set(bob, member(bob));
  told(chat.add(ann, [member(bob)], 2));
  for (const text of ['one', 'two', 'three', 'four']) told(chat.send(ann, text));
  await storeRecords(nc, chat.records.slice(0, 2));
  const storedMs = Date.now();
  while (Date.now() - storedMs <= 5) await nc.flush();
  await storeRecords(nc, chat.records.slice(2));
  // Checked before bob was there: it is of no membership of his.
  await read(4, 1);
  const { sequence } = await read(2, chat.records.length);
  const about = { chat_id: chat.chatId, chat_pts: chat.chatPts, seq: 2 };
  logs.append(bob, 'read.inbox', { stream: 'RECEIPT_0', sequence }, about);
  await storeRecords(nc, logs.records);
});
afterAll(async () => {
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});

async function read(seq: number, after: number, { chatId: chat_id } = chat): Promise<{ sequence: number }> {
  const data = { user_id: bob, cursors: [{ chat_id, seq, after }] };
  const event = {
    event_id: randomUUID(),
    type: 'ReadCursorMoved',
    version: 1,
    chat_pts: 0,
    data,
  } as ReceiptEvent;
  const ids = { command_id: randomUUID(), causation_id: randomUUID(), correlation_id: randomUUID() };
  const stored = await publishOne(nc, {
    subject: receiptSubject(bob),
    data: encodeDecision({
      format: 1,
      decision_id: randomUUID(),
      meta: { occurred_at_ms: 9_000, actor: { user_id: bob, device_id: phone }, ...ids },
      header: { state_at: 0, since: [], members_at: 0 },
      events: [event],
    }),
  });
  if (!stored.ok) throw new Error(stored.reason);
  return stored;
}

async function fold(projection: Projection, records: readonly ProjectedRecord[]): Promise<void> {
  const key = { schema: `${projection.name}_v1`, stream: records[0]!.stream };
  const checkpoint = await takeOver(database.db, key);
  await foldBatch(
    database.db,
    projection,
    checkpoint,
    records.filter(({ sequence }) => sequence > checkpoint.sequence),
  );
}

const explain = (user: string, { chatId } = chat) =>
  explainUnreadOperation.run(context, { user, chat: chatId });

it('lag: every build and every log by stream, and what nobody attends to', async () => {
  await fold(chatsProjection, chat.records.slice(0, 2));
  const heldBefore = await Lease.acquire(nc, {
    key: 'command.lease.chat-3',
    holder: 'a',
    onLost: () => undefined,
  });
  const report = await lagOperation.run(context, { maxBehind: 2 });
  const of = (reader: string, stream: string) =>
    [...report.projections, ...report.timelines].find(
      (one) => one.reader === reader && one.stream === stream,
    );
  expect(of('chats_v1', 'CHAT_0')).toMatchObject({ position: 2, end: 6, messages: 4 });
  expect(of('request_ids_v1', 'CHAT_0')).toMatchObject({ position: 0, end: 6, messages: 6 });
  expect(of('USER_0', 'CHAT_0')).toMatchObject({ position: 6, end: 6, messages: 0, seconds: 0 });
  expect(of('USER_0', 'RECEIPT_0')).toMatchObject({ position: 2, messages: 0 });
  expect(report.most_behind).toBe(12);
  expect(report.unserved_ranges).toHaveLength(31);
  expect(report.unserved_ranges).not.toContain('chat-3');
  await heldBefore!.release();
  const after = await lagOperation.run(context, { maxBehind: 12 });
  expect(after.unserved_ranges).toContain('chat-3');
  expect(after).toMatchObject({ unwritten_logs: ['USER_0'], oldest_job: null });
  expect([report, after].map(lagOperation.exitCode!)).toEqual([1, 1]);
  expect(lagOperation.print(report).join('\n')).toMatch(/chats_v1 +CHAT_0 +2 +6 +4/);
});

it('lag: seconds are the age of the first message that is not read, jobs the oldest one that is due', async () => {
  await nc.request('work.test.one', 'a job');
  const report = await lagOperation.run(context, {});
  expect(report.oldest_job).toMatchObject({ subject: 'work.test.one', sequence: 1 });
  const first = (await new DirectGet(nc).getBySequence('CHAT_0', 3))!;
  const reading = { reader: 'chats_v1', stream: 'CHAT_0', position: 2 };
  expect(await lagsOf(nc, [reading], first.timeMs + 1_500)).toMatchObject([{ messages: 4, seconds: 1.5 }]);
  const oldest = (await new DirectGet(nc).getBySequence('CHAT_0', 1))!;
  const fromStart = { ...reading, position: 0 };
  expect(await lagsOf(nc, [fromStart], oldest.timeMs + 1_500)).toMatchObject([{ messages: 6, seconds: 1.5 }]);
});

it('the look tells of lags, and of what nobody attends to, while nobody reads; nothing once it is old or has ended', async () => {
  const failures: unknown[] = [];
  const look = startInstallationLook(
    { nats: nc, db: database.db, streamsPerFamily: 1 },
    (error) => failures.push(error),
    20,
  );
  const lag = async () => {
    const told = await scrapedHere();
    const labels = { read_model: 'request_ids_v1', stream: 'CHAT_0' };
    return [
      told.sum('odnix.read_model.lag.messages', labels),
      told.sum('odnix.read_model.lag.seconds', labels) > 0,
    ];
  };
  await expect.poll(lag).toEqual([6, true]);
  const told = await scrapedHere();
  expect(told.sum('odnix.user_log.unwritten.streams')).toBe(1);
  expect(told.sum('odnix.command.unserved.ranges')).toBe(32);
  expect(told.sum('odnix.user_log.lag.messages', { log: 'USER_0', family: 'RECEIPT' })).toBe(0);
  expect(told.sum('odnix.jobs.waiting', { queue: 'due', kind: 'unknown' })).toBe(1);
  expect(told.sum('odnix.streams.missing')).toBe(0);
  expect(told.samples('odnix.backup.age.seconds')).toEqual([]);
  await fold(requestIdsProjection, chat.records);
  await expect.poll(lag).toEqual([0, false]);
  await look.stop();
  expect((await scrapedHere()).samples('odnix.read_model.lag.messages')).toEqual([]);
  expect(failures).toEqual([]);
});

it('lag --watch tells again and again until it is ended', async () => {
  const ending = new AbortController();
  const watched = adminContext(nc, database, { signal: ending.signal });
  const watching = lagOperation.run(watched, { watch: true });
  await expect
    .poll(() => watched.lines.filter((line) => line.startsWith('read model')).length, { timeout: 60_000 })
    .toBe(1);
  ending.abort();
  expect(await watching).toHaveProperty('projections');
});

it('projections list: which is read, by whom it is folded, how far it is', async () => {
  const lease = await Lease.acquire(nc, {
    key: 'projector.chats_v1.lease.CHAT_0',
    holder: 'one',
    onLost: () => undefined,
  });
  const { builds } = await projectionsListOperation.run(context, {});
  await lease!.release();
  expect(builds.map(({ schema, state }) => [schema, state])).toContainEqual(['chats_v1', 'live']);
  expect(builds.find(({ schema }) => schema === 'chats_v1')!.streams).toMatchObject([
    { stream: 'CHAT_0', position: 2, messages: 4, folded_by: 'one' },
  ]);
  expect(builds.find(({ schema }) => schema === 'user_log_v1')!.streams[0]!.folded_by).toBeNull();
  expect(projectionsListOperation.print({ builds }).join('\n')).toContain('chats_v1');
});

it('streams: listed, drift told, applied again', async () => {
  const jsm = await jetstreamManager(nc);
  await jsm.streams.deleteMessage('CHAT_0', 3, false);
  const listed = await streamsListOperation.run(context, {});
  const of = (name: string) => listed.streams.find(({ stream }) => stream === name);
  expect(of('CHAT_0')).toMatchObject({ messages: 5, last_sequence: 6, deleted: 1, subjects: 1, epoch: null });
  expect(of('USER_0')).toMatchObject({ messages: logs.records.length, subjects: 2, epoch: 1, replicas: 1 });
  const { config } = await jsm.streams.info('CHAT_0');
  await jsm.streams.update('CHAT_0', { ...config, allow_direct: false });
  const drifted = await driftOperation.run(context, {});
  expect(drifted.drift).toMatchObject([{ stream: 'CHAT_0', field: 'allow_direct' }]);
  expect(driftOperation.exitCode!(drifted)).toBe(1);
  expect(await streamsApplyOperation.run(context, {})).toMatchObject({ created: [], updated: ['CHAT_0'] });
  expect(await streamsApplyOperation.run(context, {})).toMatchObject({ created: [], updated: [] });
  expect((await driftOperation.run(context, {})).drift).toEqual([]);
  await jsm.streams.delete('WORK');
  expect(await streamsApplyOperation.run(context, {})).toMatchObject({ created: ['WORK'] });
  const other = { ...context, streamsPerFamily: 2 };
  await expect(streamsApplyOperation.run(other, {})).rejects.toThrow('topology refused');
});

it('explain-unread: who is late, who is wrong, and nobody when all agree', async () => {
  const late = await explain(bob);
  expect(late.streams).toEqual({ last_seq: 4, read_seq: 2, unread_count: 2 });
  expect(late.log).toEqual(late.streams);
  expect(late.causes.map(({ what, seq, device_id }) => [what, seq, device_id])).toEqual([
    ['joined', 1, null],
    ['MessageSent', 4, null],
    ['ReadCursorMoved', 2, phone],
  ]);
  expect(late.disagreements).toMatchObject([
    { who: 'chats', number: 'last_seq', is: 'late' },
    { who: 'user_log', number: 'read_seq', is: 'late' },
  ]);
  expect(explainUnreadOperation.exitCode!(late)).toBe(1);

  await fold(chatsProjection, chat.records);
  await fold(userLogProjection, logs.records);
  const whole = await explain(bob);
  expect(whole).toMatchObject({ shown: late.streams, disagreements: [] });
  expect(explainUnreadOperation.print(whole).join('\n')).toContain('All agree.');
  expect(await explain(ann)).toMatchObject({ shown: { unread_count: 0 }, disagreements: [] });

  const { db } = database;
  await db.updateTable('user_log_v1.user_chats').set({ read_seq: 1 }).where('user_id', '=', bob).execute();
  await db.updateTable('chats_v1.chats').set({ last_seq: 9 }).execute();
  expect((await explain(bob)).disagreements).toMatchObject([
    { who: 'chats', number: 'last_seq', says: 9, should_say: 4, is: 'wrong' },
    { who: 'user_log', number: 'read_seq', says: 1, should_say: 2, is: 'wrong' },
  ]);
  await expect(explain(cid)).rejects.toThrow('was never a member');
});

it('explain-unread: a log that has not come to a mark is late, one that has passed it is wrong', async () => {
  const { sequence } = await read(3, chat.records.length);
  const late = (await explain(bob)).disagreements.filter(({ who }) => who === 'log');
  expect(late).toMatchObject([{ number: 'read_seq', says: 2, should_say: 3, is: 'late' }]);
  const position = newPosition('USER_0', { format: 1, positions: { CHAT_0: 6, RECEIPT_0: sequence } });
  await publishOne(nc, position);
  const wrong = (await explain(bob)).disagreements.filter(({ who }) => who === 'log');
  expect(wrong).toMatchObject([{ number: 'read_seq', says: 2, should_say: 3, is: 'wrong' }]);
});

it('explain-unread: who left has no badge, who comes again begins anew, and a channel is not in the log', async () => {
  const again = new ChatHistory('CHAT_0', next.chats);
  const there = new Map([[ann, member(ann)]]);
  const follow = (record: ReturnType<ChatHistory['decide']>) => logs.follow(record, there);
  // Where the position stands that the test before this one saved.
  logs.skip();
  const stored = { chats: 0, entries: logs.records.length };
  const foldAll = async (): Promise<void> => {
    await storeRecords(nc, again.records.slice(stored.chats));
    await storeRecords(nc, logs.records.slice(stored.entries));
    [stored.chats, stored.entries] = [again.records.length, logs.records.length];
    await fold(chatsProjection, again.records);
    await fold(userLogProjection, logs.records);
  };
  follow(again.create([member(ann)]));
  there.set(bob, member(bob));
  follow(again.add(ann, [member(bob)], 2));
  for (const text of ['one', 'two']) follow(again.send(ann, text));
  follow(again.send(bob, 'three'));
  follow(again.tombstone(ann, 2));
  await read(2, again.records.at(-1)!.sequence, again);
  follow(again.remove(ann, bob, 1));
  there.delete(bob);
  await foldAll();
  const none = { streams: null, log: null, shown: null, disagreements: [] };
  expect(await explain(bob, again)).toMatchObject(none);
  await database.db
    .updateTable('chats_v1.members')
    .set({ removed_chat_pts: null })
    .where('chat_id', '=', again.chatId)
    .where('user_id', '=', bob)
    .execute();
  expect((await explain(bob, again)).disagreements).toMatchObject([
    { who: 'chats', number: 'visible_from_seq', says: 1, should_say: null, is: 'wrong' },
  ]);

  there.set(bob, member(bob, 4));
  follow(again.add(ann, [member(bob, 4)], 2));
  follow(again.send(ann, 'four'));
  await foldAll();
  const one = { last_seq: 4, read_seq: 3, unread_count: 1 };
  const back = await explain(bob, again);
  expect(back).toMatchObject({ streams: one, log: one, shown: one, visible_from_seq: 4, disagreements: [] });
  expect(back.causes.map(({ what }) => what)).toEqual(['joined', 'MessageSent']);

  follow(again.remove(ann, bob, 1));
  there.delete(bob);
  const seeingAll = { ...member(bob), joined_seq: 5 };
  there.set(bob, seeingAll);
  follow(again.add(ann, [seeingAll], 2));
  follow(again.send(ann, 'five'));
  // Of the stay before, met late: it moves nothing, although all of it is to be seen.
  await read(4, again.records.at(-1)!.sequence, again);
  await foldAll();
  const five = { last_seq: 5, read_seq: 0, unread_count: 5 };
  const all = await explain(bob, again);
  expect(all).toMatchObject({
    streams: five,
    log: five,
    shown: five,
    visible_from_seq: 1,
    disagreements: [],
  });

  again.decide(ann, [{ type: 'BecameChannel', data: { member_count: 2 } }]);
  again.send(ann, 'six');
  await foldAll();
  const two = { ...five, last_seq: 6, unread_count: 6 };
  expect(await explain(bob, again)).toMatchObject({ streams: two, log: null, shown: two, disagreements: [] });
  await database.db
    .updateTable('user_log_v1.user_chats')
    .set({ read_seq: 0 })
    .where('chat_id', '=', again.chatId)
    .execute();
  expect(await explain(bob, again)).toMatchObject({ shown: two });
});
