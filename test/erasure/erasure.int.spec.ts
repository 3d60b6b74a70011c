/**
 * People write, edit and delete through the real commands; the sweep is killed in its middle, again and again, while it erases from
 * streams and while it writes tables anew, and then ends.
 * Afterwards no byte of what was deleted, or of its salts, is in any file of NATS and Postgres or in anything printed, while
 * whatever was not deleted is there, and everything goes on.
 *
 * Seen failing with deletions that do not overwrite, without the anchor, without tables written anew, with what messages are found by left as it was, with the live build alone
 * written anew, without the checkpoint that drops PostgreSQL's old log files, and with a build noted as written
 * anew before it is. An audit before and after: seen failing with nothing kept of what is erased. Repeats of erased messages: seen failing without the tombstones' keys in the projection (a second message after the rebuild).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBuild } from '#db/builds.js';
import { openDatabase, type Database } from '#db/database.js';
import { wordsIn } from '#domain/chat/erasure.js';
import type { ChatDecision } from '#domain/chat/state.js';
import { connectNats } from '#streams/connection.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { startNatsServer, type NatsServer } from '../../apps/odnix/embedded/nats-server.js';
import { startPostgresServer, type PostgresServer } from '../../apps/odnix/embedded/postgres-server.js';
import { AuditedChat } from '../support/audited-chat.js';
import { LaunchedOdnix } from '../support/launched-odnix.js';
import { expectAcknowledged, expectContiguous, expectEqualLogs, runningHash } from '../support/invariants.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { Person, type Acknowledged } from '../support/person.js';
import { seededRandom } from '../support/random.js';
import { freshDirectory } from '../support/run-directory.js';
import { textsInFiles, TextSearch } from '../support/text-search.js';

const random = seededRandom('erasure');
const messages_count = 70;
const kills_count = 3;
const password = randomUUID();
const support = join(import.meta.dirname, '../support');
let directory: string;
let nats: NatsServer;
let postgres: PostgresServer;
let odnix: LaunchedOdnix;
let nc: NatsConnection;
let db: Database;
let collector: OtlpReceiver;
/** Whatever any process of ours printed. */
const printed: string[] = [];

const startNats = async () => void (nats = await startNatsServer({ directory: join(directory, 'nats') }));
const startPostgres = async () =>
  void (postgres = await startPostgresServer({ directory: join(directory, 'postgres'), password }));

async function startServers(): Promise<void> {
  await Promise.all([startNats(), startPostgres()]);
  nc = await connectNats(nats.url, { name: 'test' });
  db = openDatabase({ url: postgres.url, application: 'test', connections_max: 4, statement_ms_max: 10_000 });
}
async function stopServers(): Promise<void> {
  await nc?.close();
  await db?.destroy();
  await Promise.all([nats?.stop(), postgres?.stop()]);
}
const env = () => ({ NATS_URL: nats.url, DATABASE_URL: postgres.url, STREAMS_PER_FAMILY: '1' });
async function startOdnix(): Promise<string> {
  odnix = new LaunchedOdnix({
    env: { ...env(), ODNIX_DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'debug' },
  });
  return odnix.url();
}
async function stopOdnix(): Promise<void> {
  await odnix?.stop();
  printed.push(odnix?.output ?? '');
}
const admin = (...args: string[]) => new LaunchedOdnix({ program: 'admin/main.js', args, env: env() });
function sweepChild(): ChildProcess {
  const hooks = ['--conditions=odnix-source', '--import', join(support, 'typescript-hooks.mjs')];
  const args = [...hooks, join(support, 'sweep-child.ts'), nats.url, postgres.url];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const output of [child.stdout, child.stderr]) output.on('data', (text) => printed.push(String(text)));
  return child;
}
const sweeps = (...more: string[]) => admin('erasure', 'sweep', '--reason', 'a test', ...more);

beforeAll(async () => {
  directory = freshDirectory();
  [collector] = await Promise.all([startOtlpReceiver(), startServers()]);
});
afterAll(async () => {
  await stopOdnix();
  await stopServers();
  await collector?.stop();
});

/** Random letters, so that eight of them occur nowhere else, in texts of every kind of storage; small ones, as the index has them. */
function newText(): { marker: string; text: string } {
  const marker = randomBytes(24).toString('hex');
  const kind = random.integer(4);
  if (kind === 0) return { marker, text: `${marker} ${'again and again '.repeat(250)}` };
  if (kind === 1) return { marker, text: `${marker} ${randomBytes(2_900).toString('base64')}` };
  return { marker, text: kind === 2 ? `"${marker}"\n\u0001😀` : marker };
}

const markers = { kept: [] as string[], deleted: [] as string[] };
const kept: Acknowledged[] = [];
const erased: Acknowledged[] = [];

/** Messages in a chat, some edited, most deleted: the last one too, and runs that are longer than what a head points at. */
async function live(person: Person, chatId: string): Promise<void> {
  const sent: { acknowledged: Acknowledged; markers: string[]; edited: boolean }[] = [];
  for (let at = 0; at < messages_count; at++) {
    const { marker, text } = newText();
    // A key that tells no time, so that repeats are always looked up.
    const acknowledged = await person.send(chatId, text, randomUUID());
    sent.push({ acknowledged, markers: [marker], edited: false });
    if (random.integer(4) > 0) continue;
    const one = random.pick(sent);
    const edit = newText();
    const content = { type: 'text', text: edit.text };
    await person.patiently('messages.edit', { chat_id: chatId, seq: one.acknowledged.seq, content });
    one.markers.push(edit.marker);
    one.edited = true;
  }
  const doomed = sent.filter((_, at) => at >= messages_count - 40 || random.integer(2) === 0);
  markers.deleted.push(...doomed.flatMap((one) => one.markers), ...(await saltsOf(chatId, doomed)));
  erased.push(...doomed.map(({ acknowledged }) => acknowledged));
  const seqs = doomed.map(({ acknowledged }) => acknowledged.seq);
  for (let at = 0; at < seqs.length; at += 25) {
    await person.patiently('messages.delete', {
      chat_id: chatId,
      seqs: seqs.slice(at, at + 25),
      for: 'everyone',
    });
  }
  for (const one of sent.filter((sentOne) => !doomed.includes(sentOne))) {
    markers.kept.push(...one.markers);
    if (!one.edited) kept.push(one.acknowledged);
  }
}

async function saltsOf(chatId: string, doomed: readonly { acknowledged: Acknowledged }[]): Promise<string[]> {
  const seqs = new Set(doomed.map(({ acknowledged }) => acknowledged.seq));
  return (await decisions()).flatMap(({ subject, decision }) => {
    const isDoomed = subject.endsWith(chatId) && wordsIn(decision).some((seq) => seqs.has(seq));
    return isDoomed
      ? [...JSON.stringify(decision).matchAll(/"salt":"([^"]+)"/g)].map(([, salt]) => salt!)
      : [];
  });
}

async function decisions(): Promise<{ subject: string; decision: ChatDecision }[]> {
  const jsm = await jetstreamManager(nc);
  const { last_seq } = (await jsm.streams.info('CHAT_0')).state;
  const all = Array.from({ length: last_seq }, (_, at) => at + 1);
  const read = await new NatsEventStore(nc, { streamsPerFamily: 1 }).readMany('CHAT_0', all);
  return read.filter((one) => one !== null) as unknown as { subject: string; decision: ChatDecision }[];
}

/** However late the retry: the first answer, and nothing new. */
async function expectRepeated(person: Person, chatId: string): Promise<void> {
  const own = erased.filter((one) => one.chat_id === chatId && one.sender_id === person.userId);
  expect(own.length).toBeGreaterThan(0);
  for (const { chat_id, seq, date_ms, client_msg_id } of own.slice(-10)) {
    const again = await person.send(chat_id, 'again', client_msg_id);
    expect(again).toMatchObject({ seq, date_ms, duplicate: true });
  }
}

const erasedCount = async () =>
  (await (await jetstreamManager(nc)).streams.info('CHAT_0')).state.num_deleted ?? 0;
const lastSequence = async () => (await (await jetstreamManager(nc)).streams.info('CHAT_0')).state.last_seq;

interface Partition {
  name: string;
  file: string;
}

/** In the order in which they are written anew, each with its file, which is another one afterwards. */
async function partitions(schema: string): Promise<Partition[]> {
  const { rows } = await sql<Partition>`
    select i.inhrelid::regclass::text as name, pg_relation_filenode(i.inhrelid)::text as file from pg_inherits i
    join pg_class c on c.oid = i.inhparent join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname in ('messages', 'chat_log') order by 1`.execute(db);
  return rows;
}
async function rewrittenSince(before: readonly Partition[]): Promise<number> {
  const files = new Set((await partitions('chats_v1')).map(({ file }) => file));
  return before.filter(({ file }) => !files.has(file)).length;
}
const sweepSessions = async () =>
  (await sql`select from pg_stat_activity where application_name = 'odnix-erasure'`.execute(db)).rows.length;

/** A reader of the one in the middle holds it there: those before it are written anew, those after it are not. */
async function killAmongTables(): Promise<void> {
  const before = await partitions('chats_v1');
  const middle = before.length >> 1;
  await db.transaction().execute(async (reader) => {
    await sql`lock table ${sql.raw(before[middle]!.name)} in access share mode`.execute(reader);
    const sweep = sweepChild();
    await expect.poll(() => rewrittenSince(before), { interval: 20 }).toBe(middle);
    sweep.kill('SIGKILL');
    await once(sweep, 'exit');
    // Its session, and the lock of sweeps with it, ends when PostgreSQL finds nobody to answer.
    await expect.poll(sweepSessions).toBe(0);
  });
  expect(await rewrittenSince(before)).toBe(middle);
}

/** Nothing is found where nothing was missed; what was missed is, by that one alone. */
async function expectFoundFromStart(person: Person, chatId: string): Promise<void> {
  const asItIs = async () => [await erasedCount(), await lastSequence(), await partitions('chats_v1')];
  const swept = await asItIs();
  await expectSwept('0 decisions erased', '--from-start');
  expect(await asItIs()).toEqual(swept);

  const { marker, text } = newText();
  const acknowledged = await person.send(chatId, text, randomUUID());
  const texts = [marker, ...(await saltsOf(chatId, [{ acknowledged }]))];
  await person.patiently('messages.delete', { chat_id: chatId, seqs: [acknowledged.seq], for: 'everyone' });
  await sql`update odnix.erased_streams set sequence = ${await lastSequence()}`.execute(db);
  await expectSwept('0 decisions erased');
  expect(inFiles([marker]).size).toBe(1);
  await expectSwept('1 decisions erased', '--from-start');
  expect([...inFiles(texts)]).toEqual([]);
  erased.push(acknowledged);
  markers.deleted.push(...texts);
}

async function expectSwept(outcome: string, ...options: string[]): Promise<void> {
  const sweep = sweeps(...options);
  expect(await sweep.exited, sweep.output).toBe(0);
  printed.push(sweep.output);
  expect(sweep.output).toContain(`: ${outcome}`);
}

const inFiles = (texts: readonly string[]) =>
  textsInFiles([join(directory, 'nats'), postgres.directory, join(directory, 'data')], texts);

async function rowsOf(schema: string, table: string): Promise<unknown[]> {
  const { rows } = await sql<{ row: string }>`
    select row_to_json(t)::text as row from ${sql.table(`${schema}.${table}`)} t order by 1`.execute(db);
  return rows;
}
async function foldedUpToTheEnd(schema: string): Promise<void> {
  const jsm = await jetstreamManager(nc);
  const { last_seq } = (await jsm.streams.info('CHAT_0')).state;
  const at = async () =>
    (await db.selectFrom('odnix.checkpoints').select('sequence').where('schema', '=', schema).execute())[0]
      ?.sequence;
  await expect.poll(at).toBe(last_seq);
}

test('nothing of what was deleted is left, everything else is', { timeout: 120_000 }, async () => {
  const url = await startOdnix();
  const [ann, bob, carol] = await Promise.all([
    (await Person.signIn(url, '+15550701')).connect(),
    (await Person.signIn(url, '+15550702')).connect(),
    (await Person.signIn(url, '+15550703')).connect(),
  ]);
  const audited = new AuditedChat(ann, bob, carol, collector);
  markers.deleted.push(...(await audited.live()));
  const auditedBy = [nc, { db, url: postgres.url }] as const;
  await audited.expectComplete([...auditedBy], random);
  const beside = await createBuild(db, { projection: 'chats', version: 1 });
  const { chat } = await ann.create({ kind: 'group', title: 'All', member_ids: [bob.userId] });
  const { chat: direct } = await bob.create({ kind: 'direct', member_ids: [ann.userId] });
  await live(ann, chat.chat_id);
  await live(bob, direct.chat_id);
  await foldedUpToTheEnd('chats_v1');
  await foldedUpToTheEnd('search_v1');
  const before = inFiles([...markers.deleted, ...markers.kept]);
  expect([...markers.deleted, ...markers.kept].filter((marker) => !before.has(marker))).toEqual([]);
  expect([...before.values()].some((file) => file.includes('/pg_wal/'))).toBe(true);

  for (let killed = 0; killed < kills_count; killed++) {
    const enough = (await erasedCount()) + 1 + random.integer(12);
    const sweep = sweepChild();
    await expect.poll(erasedCount, { interval: 2 }).toBeGreaterThanOrEqual(enough);
    sweep.kill('SIGKILL');
    await once(sweep, 'exit');
    // A chat can be written to at any moment of a sweep.
    kept.push(await ann.send(chat.chat_id, `in between ${killed}`));
  }
  await killAmongTables();
  const sweep = sweeps();
  const code = await sweep.exited;
  printed.push(sweep.output);
  console.log(sweep.output);
  expect(code, sweep.output).toBe(0);
  expect([...inFiles(markers.deleted)]).toEqual([]);
  await expectSwept('0 decisions erased');
  await audited.expectSameAfter([...auditedBy], random);
  await expectFoundFromStart(ann, chat.chat_id);

  await Promise.all([ann.client.drop(), bob.client.drop(), carol.client.drop()]);
  await stopOdnix();
  await stopServers();
  expect([...inFiles(markers.deleted)]).toEqual([]);
  const left = inFiles(markers.kept);
  expect(markers.kept.filter((marker) => !left.has(marker))).toEqual([]);
  expect([...new TextSearch(markers.deleted).in(Buffer.from(printed.join('\n')))]).toEqual([]);

  await startServers();
  const after = await startOdnix();
  for (const device of [await ann.connect(after), await bob.connect(after)]) {
    kept.push(await device.send(chat.chat_id, 'goes on'), await device.send(direct.chat_id, 'goes on'));
    const one = kept.find(({ chat_id, sender_id }) => chat_id === chat.chat_id && sender_id === ann.userId)!;
    await device.patiently('messages.react', { chat_id: one.chat_id, seq: one.seq, emoji: '👍' });
  }
  await expectRepeated(ann, chat.chat_id);
  await expectRepeated(bob, direct.chat_id);
  const rebuilt = admin('projections', 'rebuild', 'request_ids', '--reason', 'a test');
  expect(await rebuilt.exited, rebuilt.output).toBe(0);
  await expectRepeated(ann, chat.chat_id);
  await expectRepeated(bob, direct.chat_id);
  expect(await rowsOf('request_ids_v1_b2', 'request_ids')).toEqual(
    await rowsOf('request_ids_v1', 'request_ids'),
  );
  const phones = new Map([
    [ann, '+15550701'],
    [bob, '+15550702'],
  ]);
  for (const [device, phone] of phones) {
    // The last that anybody did, and in everybody's log the last of it.
    await device.sees(({ type, user_id }) => type === 'message.reaction' && user_id === bob.userId);
    const log = await device.wholeLog();
    await device.reaches(log.length);
    expectContiguous(log, device.userId);
    expectEqualLogs(device.log, log, device.userId);
    expectAcknowledged(kept, log);
    device.client.drop();
    await device.connect(after);
    const { pts, hash } = device.client.notifications.find(
      ({ method }) => method === 'updates.caughtUp',
    )!.params;
    expect(runningHash((await device.wholeLog()).slice(0, pts))).toBe(hash);
    const fresh = await (await Person.signIn(after, phone, 'fresh')).connect();
    await fresh.reaches(log.length);
    for (const { chat_id } of [chat, direct]) {
      const history = await fresh.history(chat_id);
      expect(history.map(({ seq }) => seq)).toEqual(history.map((_, at) => at + 1));
    }
    fresh.client.drop();
  }
  const anew = await createBuild(db, { projection: 'chats', version: 1 });
  for (const schema of ['chats_v1', beside, anew]) await foldedUpToTheEnd(schema);
  for (const table of ['chats', 'members', 'messages', 'message_reactions', 'chat_log']) {
    const live = await rowsOf('chats_v1', table);
    expect(await rowsOf(beside, table)).toEqual(live);
    expect(await rowsOf(anew, table)).toEqual(live);
  }
});
