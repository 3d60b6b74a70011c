/**
 * A backup is taken while people write; they write on; everything is lost; the backup is restored into other servers. Then what was
 * there when it was taken is there, in logs, read models and accounts alike; devices that have seen more are told so.
 *
 * Broken so before it was written, and seen failing: (1) sources before USER streams, (2) Postgres last, (3) the old epoch,
 * (4) the manifest first, (5) a log that ends within a source is left so, (6) files are not compared, (7) no mark while it
 * is restored.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  backupCheckOperation,
  backupOperation,
  restoreOperation,
} from '../../apps/admin/backup/backup-operations.js';
import type { Manifest } from '../../apps/admin/backup/manifest.js';
import type { AdminContext } from '../../apps/admin/operation.js';
import { startProjector } from '../../apps/projector/start-projector.js';
import { firstSchema } from '#db/build-schema.js';
import { listBuilds } from '#db/builds.js';
import { openDatabase, type Database } from '#db/database.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { projections } from '#projections/registry.js';
import { streamStandings } from '#streams/stream-standing.js';
import { adminContext } from '../support/admin-context.js';
import { LaunchedOdnix } from '../support/launched-odnix.js';
import { migratedDatabase } from '../support/migrated-database.js';
import { Person, type Acknowledged } from '../support/person.js';
import { freshDirectory } from '../support/run-directory.js';
import { freshDatabase, startNats, type TestDatabase, type TestNats } from '../support/servers.js';
import { expectWhole } from '../support/whole-device.js';
import { WireClient } from '../support/wire-client.js';

const streamsPerFamily = 2;
const writers_count = 4;
const written_between = 10;
const read_to = 3;
const secret = Buffer.alloc(32, 'test').toString('base64url');

interface Place {
  readonly nats: TestNats;
  readonly database: TestDatabase;
  readonly admin: AdminContext;
}

let before: Place;
let after: Place;
let directory: string;
let odnix: LaunchedOdnix;
let people: Person[];
let chat_id: string;
/** In the order of their seq. */
let sent: Acknowledged[];
/** Acknowledged when the backup began. */
let certain: number;
/** Of a device that has seen what is lost, and of one that has not. */
let tokens: string[];

const [ann, bob] = [() => people[0]!, () => people[1]!];
/** Writes nothing. */
const reader = () => people[writers_count]!;

async function place(): Promise<Place> {
  const [nats, database] = await Promise.all([startNats({ fsync: false }), freshDatabase()]);
  const { url } = database;
  const db = openDatabase({ url, application: 'admin', connections_max: 2, statement_ms_max: 30_000 });
  return {
    nats,
    database,
    admin: adminContext(await connectNats(nats.url), { db, url }, { streamsPerFamily }),
  };
}

function launch({ nats, database }: Place, ...args: string[]): LaunchedOdnix {
  const env = {
    ODNIX_DATA_DIR: join(freshDirectory(), 'data'),
    ODNIX_SECRET: secret,
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    STREAMS_PER_FAMILY: String(streamsPerFamily),
    LOG_LEVEL: 'warn',
  };
  return (odnix = new LaunchedOdnix({ args, env }));
}

async function stop(): Promise<void> {
  await odnix.stop();
}

/** Everybody, one message after the other, until told to stop. */
function writing(chatId: string): () => Promise<Acknowledged[]> {
  const all: Acknowledged[] = [];
  let isOn = true;
  const turns = people.slice(0, writers_count).map(async (person, who) => {
    for (let at = 0; isOn; at++) all.push(await person.send(chatId, `${who} writes ${at}`));
  });
  sent = all;
  return async () => {
    isOn = false;
    await Promise.all(turns);
    return all.toSorted((one, other) => one.seq - other.seq);
  };
}

/** So that something is written between any two streams, however quick a backup of so little is. */
function paced(nats: NatsConnection): NatsConnection {
  const request: NatsConnection['request'] = async (subject, ...more) => {
    const enough = sent.length + written_between;
    if (subject.startsWith('$JS.API.STREAM.SNAPSHOT.')) await ann().client.until(() => sent.length > enough);
    return nats.request(subject, ...more);
  };
  return Object.assign(Object.create(nats) as NatsConnection, { request });
}

beforeAll(async () => {
  [before, after] = await Promise.all([place(), place()]);
  directory = join(freshDirectory(), 'backup');
  const url = await launch(before).url();
  const phones = Array.from({ length: writers_count + 1 }, (_, at) => `+1555070${at}`);
  people = await Promise.all(phones.map(async (phone) => (await Person.signIn(url, phone)).connect()));
  const member_ids = people.slice(1).map(({ userId }) => userId);
  ({ chat_id } = (await ann().create({ kind: 'group', title: 'All', member_ids })).chat);
  const done = writing(chat_id);
  await ann().client.until(() => sent.length > 200);
  await reader().request('messages.read', { chat_id, seq: read_to });
  certain = Math.min(
    ...people
      .slice(0, writers_count)
      .map(({ userId }) => sent.filter(({ sender_id }) => sender_id === userId).at(-1)!.seq),
  );
  await backupOperation.run({ ...before.admin, nats: paced(before.admin.nats) }, { directory });
  const inAll = sent.length;
  await ann().client.until(() => sent.length > inAll + 50);
  sent = await done();
  await bob().sees(({ type, seq }) => type === 'message.new' && seq === sent.at(-1)!.seq);
  tokens = [bob().log.at(-1)!.sync_token, bob().log[0]!.sync_token];
  await stop();
});
afterAll(async () => {
  await stop().catch(() => undefined);
  for (const one of [before, after]) await Promise.all([one?.admin.nats.close(), one?.admin.db.destroy()]);
  await Promise.all([before?.nats.stop(), after?.nats.stop()]);
  await Promise.all([before?.database.drop(), after?.database.drop()]);
});

const manifest = () =>
  (JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as { manifest: Manifest }).manifest;
const check = (where: string) => backupCheckOperation.run(after.admin, { directory: where });
const restore = (where: string) => restoreOperation.run(after.admin, { directory: where });

test('for its owner alone, whole by its own account, and taken while people wrote', async () => {
  expect(await check(directory)).toMatchObject({ streams: 4 * streamsPerFamily + 4, epoch: 1 });
  for (const name of readdirSync(directory))
    expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const { streams, checkpoints } = manifest();
  const ends = new Map(streams.map(({ name, state }) => [name, state.last_seq]));
  const behind = checkpoints.filter(({ stream, sequence }) => sequence < ends.get(stream)!);
  expect(behind.length, 'nothing was written between tables and streams').toBeGreaterThan(0);
});

test('where something is already, nothing is backed up to; what was not finished is begun anew', async () => {
  const run = (where: string, more = {}) =>
    backupOperation.run({ ...before.admin, ...more }, { directory: where });
  await expect(run(directory)).rejects.toThrow('holds a backup already');
  const other = freshDirectory();
  writeFileSync(join(other, 'letters'), 'of somebody');
  await expect(run(other)).rejects.toThrow('is not empty');
  rmSync(join(other, 'letters'));
  const stopped = new AbortController();
  const progress = ({ what, done }: { what: string; done: number }) => {
    if (what === 'copying streams' && done > 0) stopped.abort();
  };
  await expect(run(other, { signal: stopped.signal, progress })).rejects.toThrow('aborted');
  await expect(check(other)).rejects.toThrow('it is no backup, or one that was not finished');
  await run(other);
  await check(other);
});

test.each<[string, string, (copy: string, file: string) => void]>([
  ['one byte of a table', 'was changed', (copy) => flip(join(copy, 'table-ops.refresh_tokens.copy.gz'))],
  ['one byte of a stream', 'was changed', (copy) => flip(join(copy, 'stream-CHAT_0.snapshot'))],
  ['one byte of the manifest', 'manifest.json', (copy) => flip(join(copy, 'manifest.json'))],
  [
    'a file that is missing',
    'stream-USER_1.snapshot is missing',
    (copy) => rmSync(join(copy, 'stream-USER_1.snapshot')),
  ],
  ['a file that ends early', 'bytes instead of', (copy) => cut(join(copy, 'stream-CHAT_1.snapshot'))],
  ['no manifest', 'no manifest.json', (copy) => rmSync(join(copy, 'manifest.json'))],
])('refused, and nothing changed: %s', async (_, why, damage) => {
  const copy = join(freshDirectory(), 'copy');
  cpSync(directory, copy, { recursive: true });
  damage(copy, directory);
  await expect(check(copy)).rejects.toThrow(why);
  await expect(restore(copy)).rejects.toThrow(why);
  expect(await streamStandings(after.admin.nats)).toEqual(new Map());
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}
function cut(file: string): void {
  writeFileSync(file, readFileSync(file).subarray(0, -1));
}

test('servers that hold data are left as they are, unless that is given up by name', async () => {
  const into = (params: object) => restoreOperation.run(before.admin, { directory, ...params });
  await expect(into({})).rejects.toThrow('hold data already');
  expect(() => restoreOperation.check!({ directory, replace: true })).toThrow('the word everything');
  const other = { ...before.admin, streamsPerFamily: 4 };
  await expect(restoreOperation.run(other, { directory })).rejects.toThrow('set STREAMS_PER_FAMILY=2');
});

test('restored, and again over that, killed half-way and begun anew: what was in the backup, and everybody goes on', async () => {
  await restore(directory);
  const log = new UserLog(after.admin.nats, new DirectGet(after.admin.nats));
  for (const stream of ['USER_0', 'USER_1'])
    expect((await log.savedPosition(stream))?.sequence ?? 0).toBe(await log.lastSequence(stream));
  await expect(restore(directory)).rejects.toThrow('hold data already');
  const stopped = new AbortController();
  const progress = ({ what, done, total }: { what: string; done: number; total?: number }) => {
    if (what === 'restoring streams' && done > total! / 2) stopped.abort();
  };
  const replacing = { directory, replace: true, confirm: 'everything' };
  const context = { ...after.admin, signal: stopped.signal, progress };
  await expect(restoreOperation.run(context, replacing)).rejects.toThrow('aborted');
  expect(await launch(after).exited).toBe(1);
  expect(odnix.output).toContain('A backup is being restored, or that was interrupted');

  const url = await launch(after, '--restore', directory).url();
  expect(odnix.output).toMatch(/Epoch \d{10}: open/);
  // Signing keys are in no backup: one that has leaked would come back with it.
  await expect(WireClient.open(url, bob().identity.access_token)).rejects.toThrow('UNAUTHENTICATED');
  const back = await Promise.all(people.map((person) => person.refreshed(url)));
  for (const token of tokens) {
    const old = await WireClient.open(url, back[people.indexOf(bob())]!.identity.access_token, token);
    expect(old.session).toMatchObject({ too_long: true });
    expect((await old.request('updates.getDifference', { sync_token: token })).type).toBe('too_long');
    old.drop();
  }

  const devices = await Promise.all(back.map((person) => person.connect()));
  const [writer, other] = devices as [Person, Person];
  const history = await other.history(chat_id);
  const texts = history.filter(({ content }) => content.type === 'text');
  const kept = sent.slice(0, texts.length);
  expect(texts.map(({ seq, content }) => [seq, content.text])).toEqual(
    kept.map(({ seq, text }) => [seq, text]),
  );
  expect(kept.at(-1)!.seq).toBeGreaterThanOrEqual(certain);
  expect(kept.length).toBeLessThan(sent.length);

  const unread = {
    chat_id,
    read_seq: read_to,
    last_seq: texts.at(-1).seq,
    unread_count: texts.at(-1).seq - read_to,
  };
  expect((await devices.at(-1)!.request('chats.list')).chats[0]).toMatchObject(unread);

  const fresh = [await writer.send(chat_id, 'after it'), await other.send(chat_id, 'and on')];
  expect(fresh[0]!.seq).toBe(kept.at(-1)!.seq + 1);
  for (const device of devices) await expectWhole(device, [...kept, ...fresh]);
  await stop();
  await expectRebuilt(after);
});

/** Row for row what the streams alone make. */
async function expectRebuilt({ nats, admin }: Place): Promise<void> {
  const fresh = await migratedDatabase();
  const all: Map<string, string[]>[] = [];
  for (const { db, url } of [fresh, { db: admin.db, url: admin.databaseUrl }]) {
    const projector = await startProjector({ natsUrl: nats.url, databaseUrl: url, streamsPerFamily });
    await expect.poll(() => behind(admin, db)).toEqual([]);
    await projector.stop();
    all.push(await allRows(db));
  }
  const [rebuilt, restored] = all as [Map<string, string[]>, Map<string, string[]>];
  expect([...restored.keys()]).toEqual([...rebuilt.keys()]);
  for (const [table, rows] of rebuilt) expect(restored.get(table), table).toEqual(rows);
  await fresh.drop();
}

async function behind({ nats }: AdminContext, db: Database): Promise<string[]> {
  const standings = await streamStandings(nats);
  const checkpoints = await db.selectFrom('odnix.checkpoints').selectAll().execute();
  const at = new Map(checkpoints.map(({ schema, stream, sequence }) => [`${schema} ${stream}`, sequence]));
  return projections.flatMap(({ name, version, family }) =>
    [...standings]
      .filter(([stream]) => stream.startsWith(`${family}_`))
      .map(([stream, { lastSequence }]) => ({
        place: `${firstSchema(name, version)} ${stream}`,
        lastSequence,
      }))
      .filter(({ place, lastSequence }) => (at.get(place) ?? 0) < lastSequence)
      .map(({ place }) => place),
  );
}

async function allRows(db: Database): Promise<Map<string, string[]>> {
  const schemas = (await listBuilds(db)).map(({ schema }) => schema);
  const { rows } = await sql<{ name: string }>`
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${schemas}) and c.relkind in ('r', 'p') and not c.relispartition order by 1`.execute(
    db,
  );
  const all = new Map<string, string[]>();
  for (const { name } of rows) {
    const found = await sql<{
      row: string;
    }>`select t::text as row from ${sql.table(name)} t order by 1`.execute(db);
    all.set(
      name,
      found.rows.map(({ row }) => row),
    );
  }
  return all;
}
