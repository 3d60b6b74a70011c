/**
 * Operations as a process: exit codes, one JSON document, Ctrl-C, and what a killed one leaves.
 *
 * The operation that goes on is a rebuild where no projector runs. Seen failing: with what is said written to the output of the
 * result; with Ctrl-C not heard; with the end of an action not joined to its beginning.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtProgram } from '../support/built.js';
import { ChatHistory, counter, member } from '../support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../support/migrated-database.js';
import { freshDirectory } from '../support/run-directory.js';
import { startNats, type TestNats } from '../support/servers.js';
import { storeRecords } from '../support/stored-history.js';

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

const ann = randomUUID();
const chat = new ChatHistory('CHAT_0', counter());
let nats: TestNats;
let database: MigratedDatabase;
const rebuild = ['projections', 'rebuild', 'chats', '--reason', 'a test', '--json'];

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  const nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  chat.create([member(ann)]);
  chat.send(ann, 'canary');
  await storeRecords(nc, chat.records);
  await nc.close();
  // Nobody folds that far: it is there for a rebuild to wait for.
  await database.db
    .insertInto('odnix.checkpoints')
    .values({ schema: 'chats_v1', stream: 'CHAT_0', sequence: 10_000, fence: 1 })
    .execute();
});
afterAll(async () => {
  await Promise.all([nats?.stop(), database?.drop()]);
});

function start(args: string[], more: Record<string, string> = {}): Run {
  const main = join(dirname(builtProgram()), '..', 'admin', 'main.js');
  const env = { NATS_URL: nats.url, DATABASE_URL: database.url, STREAMS_PER_FAMILY: '1', ...more };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = (once(child, 'close') as Promise<[number | null]>).then(([code]) => ({ code, out, err }));
  return { child, ended };
}
const run = (args: string[], more?: Record<string, string>) => start(args, more).ended;

interface Listed {
  readonly actions: readonly { operation: string; outcome: string; actor: { via: string }; reason: string }[];
  readonly next_before: number | null;
}
async function actions(...args: string[]): Promise<Listed> {
  const { code, out } = await run(['actions', 'list', '--json', ...args]);
  expect(code).toBe(0);
  return JSON.parse(out) as Listed;
}
const newest = async () => (await actions('--limit', '1')).actions[0];

test('a result, a refusal and wrong usage: one JSON document each, and exit codes 0, 1, 2', async () => {
  const whole = await run(['streams', 'drift', '--json']);
  expect([whole.code, JSON.parse(whole.out)]).toEqual([0, { drift: [], streams_per_family: 1, replicas: 1 }]);
  const found = await run(['streams', 'drift', '--replicas', '3', '--json']);
  expect([found.code, (JSON.parse(found.out) as { drift: object[] }).drift.length > 0]).toEqual([1, true]);
  const refused = await run(['dead-letters', 'discard', '1', '--reason', 'none there', '--json']);
  expect([refused.code, JSON.parse(refused.out)]).toMatchObject([
    1,
    { error: { code: 'OPERATION_REFUSED' } },
  ]);
  const noReason = await run(['tokens', 'revoke', '--name', 'ann', '--json']);
  expect([noReason.code, JSON.parse(noReason.out)]).toMatchObject([2, { error: { field: 'reason' } }]);
  expect(await newest()).toMatchObject({ operation: 'dead-letters discard', outcome: 'refused' });
  const neither = await run(['tokens', 'revoke', '--reason', 'neither']);
  expect([neither.code, neither.err]).toEqual([2, expect.stringContaining('--name: expected')]);
  expect(await newest()).toMatchObject({ operation: 'dead-letters discard' });
});

test('what is not there is told with what to do: servers, settings, commands', async () => {
  const noNats = await run(['actions', 'list'], { NATS_URL: 'nats://127.0.0.1:1' });
  expect([noNats.code, noNats.err]).toEqual([1, expect.stringContaining('NATS_URL')]);
  const noPostgres = await run(['tokens', 'list'], { DATABASE_URL: 'postgres://o:secret@127.0.0.1:1/o' });
  expect([noPostgres.code, noPostgres.err]).toEqual([1, expect.stringContaining('PostgreSQL')]);
  expect(noPostgres.err).not.toContain('secret');
  const nothing = await run(['tokens', 'list'], { NATS_URL: '', ODNIX_DATA_DIR: '/nowhere' });
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('ODNIX_DATA_DIR')]);
  const unknown = await run(['tokens', 'lst']);
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('Did you mean list?')]);
});

test('an audit as lines: nothing else on the output, kept with its last hash, checked where there is no server', async () => {
  const { code, out, err } = await run(['audit', 'chat', chat.chatId, '--lines', '--json']);
  expect([code, out.trim().split('\n').length, out.includes('canary')]).toEqual([0, 4, false]);
  const { export: lines } = JSON.parse(err.trim().split('\n').at(-1)!) as { export: { final_hash: string } };
  expect((await actions('--limit', '1')).actions).toMatchObject([
    {
      operation: 'audit chat',
      outcome: 'done',
      reason: null,
      kept: { facts: 2, final_hash: lines.final_hash },
    },
  ]);
  const file = join(freshDirectory(), 'chat.jsonl');
  const nowhere = { NATS_URL: '', DATABASE_URL: '', STREAMS_PER_FAMILY: '' };
  const check = () => run(['audit', 'check', file, '--hash', lines.final_hash, '--json'], nowhere);
  await writeFile(file, out);
  expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('"facts":2') as string });
  await writeFile(file, out.replace(ann, randomUUID()));
  expect(await check()).toMatchObject({ code: 1, out: expect.stringContaining('"line":2') as string });
});

test('Ctrl-C breaks off what goes on, which is kept; meanwhile nothing else may change', async () => {
  const going = start(rebuild);
  await expect.poll(newest).toMatchObject({ operation: 'projections rebuild', outcome: 'not ended' });
  await expect
    .poll(async () => (await run(['tokens', 'revoke', '--name', 'ann', '--reason', 'x', '--json'])).out)
    .toContain('"BUSY"');
  going.child.kill('SIGINT');
  const { code, out, err } = await going.ended;
  expect([code, JSON.parse(out)]).toMatchObject([130, { error: { code: 'CANCELLED' } }]);
  expect(out).toContain('the same command goes on with it');
  for (const line of err.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  const kept = (await actions()).actions.find(({ operation }) => operation === 'projections rebuild');
  expect(kept).toMatchObject({ outcome: 'cancelled', actor: { via: 'cli' }, reason: 'a test' });
});

test('one that was killed is shown as not ended; pages lead to all', async () => {
  const going = start(rebuild);
  await expect.poll(newest).toMatchObject({ operation: 'projections rebuild', outcome: 'not ended' });
  going.child.kill('SIGKILL');
  await going.ended;
  expect(await newest()).toMatchObject({ operation: 'projections rebuild', outcome: 'not ended' });
  const all = (await actions()).actions.length;
  let seen = 0;
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
    const page: Listed = await actions('--limit', '2', ...(seen === 0 ? [] : ['--before', String(before)]));
    seen += page.actions.length;
    before = page.next_before;
  }
  expect(seen).toBe(all);
});
