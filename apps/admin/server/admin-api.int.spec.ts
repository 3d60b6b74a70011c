/**
 * The admin API on real servers: what is kept, what is too much, and what becomes of those who leave.
 *
 * Seen failing: with the daily sweep not kept; with the secret not compared; with expired, and with revoked, tokens found;
 * with wrong tokens not counted; without a reason; with looks at text not kept;
 * without the lease (two at once); with the event written after the action only; with a private value kept; without the
 * closed connection heard.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { NatsConnection } from '@nats-io/nats-core';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import type { ActionEvent } from '../actions/action-event.js';
import { ActionLog } from '../actions/action-log.js';
import type { AnyOperation, Operation } from '../operation.js';
import { operations } from '../operations.js';
import { AdminTokens, wrong_tokens_per_window_max } from '../tokens/admin-tokens.js';
import { in_flight_max } from './served-operations.js';
import { startAdmin } from './start-admin.js';

const day_ms = 86_400_000;
const wrong_token = `odnix-admin-${'0'.repeat(16)}.${'A'.repeat(43)}`;
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let admin: Awaited<ReturnType<typeof startAdmin>>;
let auditor: string;
let operator: string;
/** Of the operation that waits: how often it was begun, and how it ended. */
let waiting: string[] = [];
let letGo: () => void = () => undefined;

const waitOperation: Operation = {
  name: 'test wait',
  summary: 'Waits.',
  examples: [],
  role: 'operator',
  parameters: [{ name: 'passPhrase', value: 'text', help: '', private: true }],
  run: ({ signal, progress }) => {
    waiting.push('begun');
    progress({ what: 'waiting', done: 1, unit: 'rounds' });
    return new Promise((resolve, reject) => {
      letGo = () => resolve({ waited: true });
      signal.addEventListener('abort', () => {
        waiting.push('aborted');
        reject(new Error('aborted'));
      });
    });
  },
  print: () => [],
};
/** As it is, and as somebody who only looks may ask for it. */
const watchOperation: Operation = { ...waitOperation, name: 'test watch', role: 'auditor' };
const textOperation: Operation = {
  name: 'test show',
  summary: 'Shows.',
  examples: [],
  role: 'auditor',
  parameters: [
    { name: 'withText', help: '', showsText: true },
    { name: 'change', help: '', role: 'operator' },
  ],
  run: async () => ({ shown: true }),
  print: () => [],
};

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  const tokens = new AdminTokens(database.db);
  auditor = (await tokens.create('ann', 'auditor', day_ms)).token;
  operator = (await tokens.create('olga', 'operator', day_ms)).token;
  const where = { natsUrl: nats.url, databaseUrl: database.url, streamsPerFamily: 1 };
  const list: readonly AnyOperation[] = [...operations, waitOperation, watchOperation, textOperation];
  admin = await startAdmin({
    ...where,
    adminHost: '127.0.0.1',
    adminPort: 0,
    erasureAtMinute: 210,
    operations: list,
  });
});
afterAll(async () => {
  await admin?.stop();
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});
beforeEach(async () => {
  waiting = [];
  await sql`delete from ops.admin_token_failures`.execute(database.db);
});

async function ask(path: string, token: string | null, body: object | string = {}, more: RequestInit = {}) {
  const response = await fetch(`${admin.url}/admin/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(more.headers as Record<string, string> | undefined),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...('signal' in more ? { signal: more.signal } : {}),
  });
  const text = await response.text();
  return { status: response.status, text, code: codeIn(text) };
}
const codeIn = (text: string): string | undefined => /"code":"([A-Z_]+)"/.exec(text)?.[1];

async function events(): Promise<readonly ActionEvent[]> {
  const all: ActionEvent[] = [];
  for await (const { event } of new ActionLog(nc).read()) all.push(event);
  return all;
}
const eventsOf = async (operation: string) =>
  (await events()).filter((event) => event.operation === operation);

test('what it does by itself is kept as what people do: the daily sweep', async () => {
  await expect
    .poll(() => eventsOf('erasure sweep'))
    .toMatchObject([
      { type: 'ActionBegun', actor: { name: 'daily sweep', via: 'system' }, reason: 'the daily sweep' },
      { type: 'ActionEnded', outcome: 'done' },
    ]);
});

test('an auditor looks; an operator changes, with a reason, and both events are kept', async () => {
  expect(await ask('streams/drift', auditor)).toMatchObject({ status: 200 });
  const without = await ask('tokens/create', operator, { name: 'bob', role: 'auditor' });
  expect(without).toMatchObject({ status: 400, code: 'INVALID_PARAMS' });
  expect(without.text).toContain('"field":"reason"');
  const made = await ask('tokens/create', operator, { name: 'bob', role: 'auditor', reason: 'audit' });
  expect(made.status).toBe(200);
  const { token, token_id } = JSON.parse(made.text) as { token: string; token_id: string };
  const [begun, ended] = await eventsOf('tokens create');
  expect(begun).toMatchObject({
    type: 'ActionBegun',
    actor: { name: 'olga', role: 'operator', via: 'http' },
    reason: 'audit',
    parameters: { name: 'bob', role: 'auditor' },
  });
  expect(ended).toMatchObject({ type: 'ActionEnded', outcome: 'done', error_code: null });
  expect(JSON.stringify(await events())).not.toContain(token);
  expect(await ask('streams/drift', token)).toMatchObject({ status: 200 });
  expect(await ask('tokens/revoke', operator, { id: token_id, reason: 'left' })).toMatchObject({
    status: 200,
  });
  expect(await ask('streams/drift', token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});

test('a token with the id of one of ours, and another secret, is refused', async () => {
  const forged = operator.slice(0, -43) + 'A'.repeat(43);
  expect(await ask('streams/drift', forged)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});

test('an expired token is refused', async () => {
  const { token, token_id } = await new AdminTokens(database.db).create('eve', 'operator', day_ms);
  expect(await ask('streams/drift', token)).toMatchObject({ status: 200 });
  await sql`update ops.admin_tokens set expires_at = now() where token_id = ${token_id}`.execute(database.db);
  expect(await ask('streams/drift', token)).toMatchObject({ status: 401 });
});

test('wrong tokens are counted in Postgres, and then nothing is taken from there', async () => {
  for (let count = 0; count < wrong_tokens_per_window_max; count += 1)
    expect((await ask('streams/drift', wrong_token)).code).toBe('UNAUTHENTICATED');
  expect(await ask('streams/drift', operator)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  await sql`update ops.admin_token_failures set window_ends_at = now()`.execute(database.db);
  expect(await ask('streams/drift', operator)).toMatchObject({ status: 200 });
});

test.each([
  ['streams/drift', { replicas: 9 }, 400, '"field":"replicas"'],
  ['streams/drift', { replica: 1 }, 400, 'no such field'],
  ['epoch', { open: 'yes', reason: 'x' }, 400, '"field":"open"'],
  ['tokens/create', { role: 'auditor', reason: 'x' }, 400, '"field":"name"'],
  ['streams/drift', '[1]', 400, 'PARSE_ERROR'],
  ['streams/drift', `{"replicas":"${'1'.repeat(70_000)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
  ['streams/lost', {}, 404, 'NOT_FOUND'],
] as const)('what is not as it must be is told by field: %s, %#', async (path, body, status, told) => {
  const answer = await ask(path, operator, body);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(told);
});

test('text is for an auditor who may see it, with a reason, and kept; without text nothing is', async () => {
  const asked = { with_text: true, reason: 'a court asks' };
  expect(await ask('test/show', auditor)).toMatchObject({ status: 200 });
  expect(await ask('test/show', auditor, asked)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  const { token } = await new AdminTokens(database.db).create('tess', 'auditor-with-text', day_ms);
  expect((await ask('test/show', token, { with_text: true })).text).toContain('"field":"reason"');
  expect(await ask('tokens/create', token, { name: 'bob', role: 'operator', reason: 'x' })).toMatchObject({
    status: 403,
    code: 'FORBIDDEN',
  });
  expect(await eventsOf('test show')).toEqual([]);
  expect(await ask('test/show', token, asked)).toMatchObject({ status: 200 });
  expect(await eventsOf('test show')).toMatchObject([
    {
      type: 'ActionBegun',
      actor: { name: 'tess', role: 'auditor-with-text' },
      parameters: { with_text: true },
      reason: 'a court asks',
    },
    { type: 'ActionEnded', outcome: 'done' },
  ]);
});

test('two that change at once: the second is refused; begun is kept before it runs, a private value never', async () => {
  const lines = { headers: { accept: 'application/x-ndjson' } };
  const first = ask('test/wait', operator, { pass_phrase: 'sesame', reason: 'one' }, lines);
  await expect.poll(() => waiting).toEqual(['begun']);
  const [begun] = await eventsOf('test wait');
  expect(begun).toMatchObject({ type: 'ActionBegun', parameters: { pass_phrase: '(not kept)' } });
  const second = await ask('test/wait', operator, { reason: 'two' });
  expect(second).toMatchObject({ status: 503, code: 'BUSY' });
  letGo();
  const answered = (await first).text.trim().split('\n');
  expect(answered.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([['progress'], ['result']]);
  expect((await eventsOf('test wait')).map(outcomeOf)).toEqual([
    'begun',
    'begun',
    'refused BUSY',
    'done null',
  ]);
  expect(JSON.stringify(await events())).not.toContain('sesame');
});
const outcomeOf = (event: ActionEvent): string =>
  event.type === 'ActionBegun' ? 'begun' : `${event.outcome} ${event.error_code}`;

test('who leaves breaks it off, which is kept, and the next may begin', async () => {
  const leaving = new AbortController();
  const left = ask('test/wait', operator, { reason: 'left' }, { signal: leaving.signal }).catch(() => 'gone');
  await expect.poll(() => waiting).toEqual(['begun']);
  leaving.abort();
  expect(await left).toBe('gone');
  await expect.poll(() => waiting).toEqual(['begun', 'aborted']);
  const last = async () => (await eventsOf('test wait')).at(-1);
  await expect
    .poll(last)
    .toMatchObject({ type: 'ActionEnded', outcome: 'cancelled', error_code: 'CANCELLED' });
  const revoking = () => ask('tokens/revoke', operator, { name: 'nobody', reason: 'x' });
  await expect.poll(async () => (await revoking()).status).toBe(200);
});

test('who reads lines and leaves breaks it off too', async () => {
  const leaving = new AbortController();
  const response = await fetch(`${admin.url}/admin/v1/test/watch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${auditor}`, accept: 'application/x-ndjson' },
    signal: leaving.signal,
  });
  const { value } = await response.body!.getReader().read();
  expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({ progress: { what: 'waiting' } });
  leaving.abort();
  await expect.poll(() => waiting).toEqual(['begun', 'aborted']);
});

test('so many at once, and the next is told to come again; then it may', async () => {
  const leaving = new AbortController();
  const going = Array.from({ length: in_flight_max }, () =>
    ask('test/watch', auditor, {}, { signal: leaving.signal }).catch(() => 'gone'),
  );
  await expect.poll(() => waiting.length).toBe(in_flight_max);
  const refused = await ask('streams/drift', operator);
  expect(refused).toMatchObject({ status: 503, code: 'BUSY' });
  expect(refused.text).toContain('"retryable":true,"retry_after_ms":1000');
  leaving.abort();
  await Promise.all(going);
  await expect.poll(async () => (await ask('streams/drift', operator)).status).toBe(200);
});

test('what cannot be kept is not done', async () => {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const jsm = await jetstreamManager(nc);
  const { config } = await jsm.streams.info('ADMIN');
  await jsm.streams.delete('ADMIN');
  const refused = await ask('test/wait', operator, { reason: 'x' });
  expect(refused).toMatchObject({ status: 409, code: 'OPERATION_REFUSED' });
  expect(refused.text).toContain('npm run admin -- setup');
  expect(waiting).toEqual([]);
  await jsm.streams.add(config);
});

test('what there is to ask for is listed, and described as OpenAPI', async () => {
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${auditor}` };
    return (await (await fetch(`${admin.url}/admin/v1/${path}`, { headers })).json()) as Record<
      string,
      never
    >;
  };
  const { operations: listed } = (await get('operations')) as unknown as { operations: { name: string }[] };
  expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(operations.map(({ name }) => name)));
  const { paths } = (await get('openapi.json')) as unknown as { paths: Record<string, object> };
  expect(paths['/admin/v1/tokens/create']).toMatchObject({
    post: {
      requestBody: { content: { 'application/json': { schema: { required: ['name', 'role', 'reason'] } } } },
    },
  });
});
