import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { firstSchema } from '#db/build-schema.js';
import { createBuild, dropTables, forgetBuild, switchLive } from '#db/builds.js';
import { listHolds, pauseFolding, resumeFolding } from '#db/holds.js';
import { readSnapshot } from '#db/snapshot.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { awaitedSubject, chatSubject } from '#streams/subjects.js';
import { ChatHistory, counter, LogHistory, member } from '../../test/support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../../test/support/migrated-database.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { allowConnections } from '../../test/support/served-queries.js';
import { storeRecords } from '../../test/support/stored-history.js';
import type { ProjectorModuleOptions } from './projector.module.js';
import { Runner } from './runner.js';
import { startProjector, type RunningProjector } from './start-projector.js';
import { Turns } from './turns.js';

const patient = { timeout: 60_000, interval: 20 };
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let running: Pick<RunningProjector, 'stop'>[] = [];

beforeEach(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await topologyOf(1);
});
afterEach(async () => {
  await Promise.all(running.map((projector) => projector.stop()));
  running = [];
  await nc.close();
  await nats.stop();
  await database.drop();
});

async function topologyOf(streamsPerFamily: number): Promise<void> {
  const { streams } = await (await nc.request('$JS.API.STREAM.NAMES')).json<{ streams: string[] | null }>();
  for (const stream of streams ?? []) await nc.request(`$JS.API.STREAM.DELETE.${stream}`);
  await applyTopology(nc, { streamsPerFamily, replicas: 1 });
}

async function start(
  only?: string[],
  streamsPerFamily = 1,
  more: Partial<ProjectorModuleOptions> = {},
): Promise<RunningProjector> {
  const projector = await startProjector({
    natsUrl: nats.url,
    databaseUrl: database.url,
    streamsPerFamily,
    ...(only ? { only } : {}),
    ...more,
  });
  running.push(projector);
  return projector;
}

const ann = randomUUID();
function history() {
  const chat = new ChatHistory('CHAT_0', counter());
  chat.create([member(ann)]);
  return chat;
}
const checkpoint = async (projection: string) =>
  (
    await database.db
      .selectFrom('odnix.checkpoints')
      .select('sequence')
      .where('schema', '=', firstSchema(projection, 1))
      .executeTakeFirst()
  )?.sequence ?? 0;
const until = (projection: string, sequence: number) =>
  expect.poll(() => checkpoint(projection), { timeout: 60_000, interval: 20 }).toBe(sequence);
const lastSeq = async () =>
  (await database.db.selectFrom('chats_v1.chats').select('last_seq').executeTakeFirst())?.last_seq;

it('folds what is there and what comes, into the chosen projections alone', async () => {
  const chat = history();
  for (let index = 0; index < 20; index++) chat.send(ann, `message ${index}`);
  await storeRecords(nc, chat.records);
  await start(['chats']);
  await until('chats', 21);
  await storeRecords(nc, [chat.send(ann, 'one more')]);
  await until('chats', 22);
  expect(await lastSeq()).toBe(21);
  expect(await checkpoint('request_ids')).toBe(0);
});

// Seen failing with the telling not heard.
it('lets messages gather until a reader waits for them', async () => {
  const chat = history();
  await storeRecords(nc, chat.records);
  await start(['chats'], 1, { gatheringMs: () => 3_600_000 });
  await until('chats', 1);
  await storeRecords(nc, [chat.send(ann, 'one'), chat.send(ann, 'two')]);
  expect(await checkpoint('chats')).toBe(1);
  nc.publish(awaitedSubject('CHAT_0'));
  await until('chats', 3);
});

// Seen failing, by never ending, with the gathering not cut short.
it('does not wait for what gathers when it is told to stop', async () => {
  await storeRecords(nc, history().records);
  const projector = await start(['chats'], 1, { gatheringMs: () => 3_600_000 });
  await until('chats', 1);
  await projector.stop();
  running = [];
});

// Seen failing with the damaged message skipped, and with what stood before it left out.
it('what cannot be decoded stops its runner behind what stands before it, and no other', async () => {
  const chat = history();
  await storeRecords(nc, [...chat.records, chat.send(ann, 'before')]);
  await publishOne(nc, { subject: chatSubject(chat.chatId), data: new TextEncoder().encode('{"format":2}') });
  const log = new LogHistory('USER_0', counter()).append('device.added', {
    stream: 'ACCOUNT_0',
    sequence: 1,
  });
  await storeRecords(nc, log.records);
  const projector = await start(['chats', 'user_log']);
  const stateOf = (name: string) => projector.states().find(({ projection }) => projection === name)!;
  await expect.poll(() => stateOf('chats').status, { timeout: 60_000 }).toBe('stopped');
  expect(stateOf('chats')).toMatchObject({ sequence: 2, failure: expect.stringContaining('CatalogueError') });
  expect(projector.ready()).toBe(false);
  await until('user_log', 1);
  expect(await lastSeq()).toBe(1);
  expect(stateOf('user_log').status).toBe('running');
});

const holds = () => listHolds(database.db);

// Seen failing with the stop not told, a resume not heeded, a hold kept after it was passed, one damaged event taking the
// whole batch down, and the first attempt being the last.
it('what cannot be applied stops behind what stands before it; a pause and a resume reach every process', async () => {
  const chat = history();
  const sent = [chat.send(ann, 'one'), chat.send(ann, 'two')];
  await storeRecords(nc, [...chat.records]);
  // A sequence counts what is rolled back as well.
  await sql`create sequence public.attempts`.execute(database.db);
  await sql`
    alter table chats_v1.messages add constraint no_two
    check (case when seq = 2 then nextval('public.attempts') < 0 else true end)
  `.execute(database.db);
  const projector = await start(['chats', 'request_ids']);
  await expect
    .poll(async () => (await holds())[0], patient)
    .toMatchObject({
      schema: 'chats_v1',
      stream: 'CHAT_0',
      state: 'stopped',
      sequence: 3,
      reason: 'Postgres answered 23514',
    });
  expect(sent).toHaveLength(2);
  await until('request_ids', 3);
  expect(await checkpoint('chats')).toBe(2);
  // Each of the six attempts meets it in its batch, and alone.
  const { rows } = await sql`select last_value::int as attempts from public.attempts`.execute(database.db);
  expect(rows).toEqual([{ attempts: 12 }]);
  await sql`alter table chats_v1.messages drop constraint no_two`.execute(database.db);
  const place = { schema: 'chats_v1', stream: 'CHAT_0' };
  expect(await resumeFolding(database.db, [place])).toEqual([place]);
  await until('chats', 3);
  await pauseFolding(database.db, [place], 'a test');
  const statusOf = (one: RunningProjector) =>
    one.states().find(({ projection }) => projection === 'chats')!.status;
  await expect.poll(() => statusOf(projector), patient).toBe('paused');
  await projector.stop();
  const second = await start(['chats', 'request_ids']);
  await storeRecords(nc, [chat.send(ann, 'while paused')]);
  await until('request_ids', 4);
  expect([statusOf(second), await checkpoint('chats')]).toEqual(['paused', 3]);
  await resumeFolding(database.db, [place]);
  await until('chats', 4);
  expect(await holds()).toEqual([]);
  await sql`alter table chats_v1.messages add constraint no_four check (seq <> 4)`.execute(database.db);
  await storeRecords(nc, [chat.send(ann, 'four')]);
  await expect.poll(async () => (await holds())[0]?.sequence, patient).toBe(5);
  await second.stop();
  await sql`alter table chats_v1.messages drop constraint no_four`.execute(database.db);
  await start(['chats']);
  await until('chats', 5);
  await expect.poll(holds, patient).toEqual([]);
});

it('Postgres away: nothing is lost, and what came meanwhile is folded after', async () => {
  const chat = history();
  await storeRecords(nc, chat.records);
  const projector = await start(['chats']);
  await until('chats', 1);
  await allowConnections(database.url, false);
  await storeRecords(nc, [chat.send(ann, 'while away'), chat.send(ann, 'and again')]);
  await expect.poll(() => projector.states()[0]!.status, { timeout: 60_000 }).toBe('waiting');
  await allowConnections(database.url, true);
  await until('chats', 3);
  expect(await lastSeq()).toBe(2);
});

const runningCount = (projector: RunningProjector) =>
  projector.states().filter(({ status }) => status === 'running').length;

it('a second projector takes over from where the first stopped', async () => {
  const chat = history();
  await storeRecords(nc, chat.records);
  const first = await start(['chats']);
  await until('chats', 1);
  const second = await start(['chats']);
  expect(second.states()[0]!.status).toBe('waiting');
  await first.stop();
  await storeRecords(nc, [chat.send(ann, 'to the second')]);
  // The checkpoint may be seen in the database before its runner has been told that it is there.
  await expect.poll(() => second.states()[0]).toMatchObject({ status: 'running', sequence: 2 });
  await until('chats', 2);
});

it('two projectors share the streams of each projection, those of one that stops go to the other', async () => {
  await topologyOf(4);
  const [first, second] = [await start(['chats', 'user_log'], 4), await start(['chats', 'accounts'], 4)];
  await expect.poll(() => [runningCount(first), runningCount(second)], patient).toEqual([2 + 4, 2 + 4]);
  await first.stop();
  await expect.poll(() => runningCount(second), patient).toBe(4 + 4);
});

// Seen failing with the list of builds read at the start alone, with a build that is gone folded on, and with the builds of
// each projection sharing one group of leases.
it('a build that is made while it runs is filled beside the live one, read after the switch, and left alone when it is gone', async () => {
  const chat = history();
  for (let index = 0; index < 20; index++) chat.send(ann, `message ${index}`);
  await storeRecords(nc, chat.records);
  const projector = await start(['chats']);
  await until('chats', 21);
  const schema = await createBuild(database.db, { projection: 'chats', version: 1 });
  expect(schema).toBe('chats_v1_b2');
  const sequenceOf = async (of: string) =>
    (
      await database.db
        .selectFrom('odnix.checkpoints')
        .select('sequence')
        .where('schema', '=', of)
        .executeTakeFirst()
    )?.sequence;
  await expect.poll(() => sequenceOf(schema), patient).toBe(21);
  await switchLive(database.db, schema);
  await storeRecords(nc, [chat.send(ann, 'after the switch')]);
  for (const one of [schema, 'chats_v1']) await expect.poll(() => sequenceOf(one), patient).toBe(22);
  const seen = await readSnapshot(database.db, ['chats'], (snapshot) =>
    snapshot.tables<'chats_v1'>('chats').selectFrom('chats').select('last_seq').executeTakeFirst(),
  );
  expect(seen).toEqual({ last_seq: 21 });
  await forgetBuild(database.db, 'chats_v1');
  await dropTables(database.db, 'chats_v1', 2_000);
  const folded = () => projector.states().map((state) => [state.schema, state.status]);
  await expect.poll(folded, patient).toEqual([[schema, 'running']]);
});

// Seen failing with neither fence nor sequence in the checkpoint's condition: then nobody notices the other.
it('two that both believe to fold a stream: one does, the other is fenced off, nothing is folded twice', async () => {
  const chat = history();
  await storeRecords(nc, chat.records);
  const fencedOff: string[] = [];
  const turns = new Turns(2);
  const context = { nats: nc, db: database.db, turns: () => turns, state: () => 'live' as const };
  const runner = (name: string) => {
    const made = new Runner(context, { schema: 'chats_v1', projection: chatsProjection }, 'CHAT_0', () =>
      fencedOff.push(name),
    );
    running.push({ stop: () => made.stop() });
    return made;
  };
  const one = runner('one');
  await expect.poll(() => one.state.sequence, patient).toBe(1);
  const other = runner('other');
  await expect.poll(() => other.state.status, patient).toBe('running');
  for (let index = 0; index < 30; index++) await storeRecords(nc, [chat.send(ann, `message ${index}`)]);
  await until('chats', 31);
  expect(await lastSeq()).toBe(30);
  expect(fencedOff).toContain('one');
});

it('a stream that ends before the checkpoint stops its runner', async () => {
  const chat = history();
  await storeRecords(nc, [...chat.records, chat.send(ann, 'to be lost')]);
  const first = await start(['chats']);
  await until('chats', 2);
  await first.stop();
  await nc.request('$JS.API.STREAM.DELETE.CHAT_0');
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  const second = await start(['chats']);
  await expect.poll(() => second.states()[0]!.status, { timeout: 60_000 }).toBe('stopped');
  expect(second.states()[0]!.failure).toContain('CHAT_0 ends at 0, before 2, which was read');
});
