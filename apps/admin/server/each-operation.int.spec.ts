/**
 * Each operation end to end over HTTP, by who asks: nobody, a wrong token, a revoked one, an auditor, an operator; and each of its
 * fields with a value that it cannot have. An operation that is not in the table fails.
 *
 * Seen failing: with the role no longer looked at; with one operation's role changed; with revoked tokens found; with what does
 * not go together looked at only when it runs.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyRingStore } from '#edge/key-ring-store.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { ChatHistory, counter, member } from '../../../test/support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { freshDirectory } from '../../../test/support/run-directory.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { storeRecords } from '../../../test/support/stored-history.js';
import type { AdminRole } from '../operation.js';
import { operations } from '../operations.js';
import { fieldOf } from '../parameters.js';
import { AdminTokens } from '../tokens/admin-tokens.js';
import { startAdmin } from './start-admin.js';

const day_ms = 86_400_000;
const [ann, nobody] = [randomUUID(), randomUUID()];
const chat = new ChatHistory('CHAT_0', counter());
const backup = join(freshDirectory(), 'backup');
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let admin: Awaited<ReturnType<typeof startAdmin>>;
const tokens = {
  wrong: `odnix-admin-${'0'.repeat(16)}.${'A'.repeat(43)}`,
  revoked: '',
  auditor: '',
  operator: '',
};

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  chat.create([member(ann)]);
  chat.send(ann, 'canary');
  await storeRecords(nc, chat.records);
  await bury();
  await publishKeys();
  const made = new AdminTokens(database.db);
  const revoked = await made.create('rita', 'operator', day_ms);
  await made.revoke({ token_id: revoked.token_id });
  tokens.revoked = revoked.token;
  tokens.auditor = (await made.create('ann', 'auditor', day_ms)).token;
  tokens.operator = (await made.create('olga', 'operator', day_ms)).token;
  admin = await startAdmin({
    natsUrl: nats.url,
    databaseUrl: database.url,
    streamsPerFamily: 1,
    adminHost: '127.0.0.1',
    adminPort: 0,
    erasureAtMinute: 210,
  });
});
afterAll(async () => {
  await admin?.stop();
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});

/** The third message of WORK: its id is known. */
async function bury(): Promise<void> {
  for (const key of ['one', 'two', 'three']) {
    const letter = {
      format: 1,
      job_id: key,
      round: null,
      reason: 'JobUndecodable',
      attempts: 1,
      message: 'e30=',
    };
    const times = { first_failed_at_ms: 1, died_at_ms: Date.now(), traceparent: null };
    const data = new TextEncoder().encode(JSON.stringify({ ...letter, ...times }));
    await publishOne(nc, { subject: `dead.push.${key}`, data });
  }
}

/** One that signs, and the next: there is nothing to be rotated, and so no api to wait for. */
async function publishKeys(): Promise<void> {
  const created_at_ms = Date.now();
  const keyFrom = (name: string, signs_from_ms: number) => {
    const kid = name.repeat(43);
    return { kid, x: kid, created_at_ms, signs_from_ms };
  };
  const keys = [keyFrom('a', created_at_ms), keyFrom('b', created_at_ms + day_ms)];
  await new KeyRingStore(nc).change(() => ({ keys }));
}

async function ask(path: string, token: string | null, body: object) {
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const url = `${admin.url}/admin/v1/${path.replaceAll(' ', '/')}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, text, code: /"code":"([A-Z_]+)"/.exec(text)?.[1] };
}

type Row = readonly [operation: string, mayAsk: AdminRole, given: object, status: number, told: string];
/** In this order: what is made by one is looked at by the next. 409: refused as things are here, where no other process runs. */
const rows: readonly Row[] = [
  ['streams list', 'auditor', {}, 200, '"CHAT_0"'],
  ['streams drift', 'auditor', {}, 200, '"drift":[]'],
  ['streams apply', 'operator', {}, 200, '"created":[]'],
  ['epoch', 'auditor', {}, 200, '"whole":true'],
  ['backup', 'operator', { directory: backup }, 200, '"epoch":1'],
  ['backup check', 'auditor', { directory: backup }, 200, '"epoch":1'],
  ['restore', 'operator', { directory: backup }, 409, 'OPERATION_REFUSED'],
  ['projections list', 'auditor', {}, 200, '"chats_v1"'],
  ['projections verify', 'auditor', { projections: 'chats' }, 200, '"damage"'],
  ['projections pause', 'operator', { projection: 'chats', stream: 'CHAT_0' }, 200, 'CHAT_0'],
  ['projections resume', 'operator', { projection: 'chats' }, 200, 'CHAT_0'],
  ['projections rebuild', 'operator', { projection: 'device_cursors' }, 200, '"device_cursors_v1_b2"'],
  ['projections rollback', 'operator', { projection: 'device_cursors' }, 200, '"device_cursors_v1"'],
  ['projections drop-old', 'operator', { projection: 'device_cursors' }, 409, 'try again in'],
  ['lag', 'auditor', {}, 200, '"chats_v1"'],
  ['replay', 'auditor', { chat: chat.chatId, until: 'CHAT_0:1' }, 200, ann],
  ['explain-unread', 'auditor', { user: nobody, chat: chat.chatId }, 409, 'never a member'],
  ['audit message', 'auditor', { chat_id: chat.chatId, seq: 1 }, 200, '"MessageSent"'],
  ['audit chat', 'auditor', { chat_id: chat.chatId }, 200, '"ChatCreated"'],
  ['audit user', 'auditor', { user_id: nobody }, 409, 'no account'],
  ['audit log', 'auditor', { about: nobody }, 200, '"audit user"'],
  ['devices list', 'auditor', { user: nobody }, 409, 'no account'],
  ['devices revoke', 'operator', { user: nobody, device: nobody }, 409, 'no account'],
  ['dead-letters list', 'auditor', {}, 200, '"three"'],
  ['dead-letters show', 'auditor', { id: 2 }, 200, '"JobUndecodable"'],
  ['dead-letters retry', 'operator', { id: 1 }, 200, '"retried":1'],
  ['dead-letters discard', 'operator', { id: 2 }, 200, 'two'],
  ['dead-letters expire', 'operator', { keep: 5 }, 200, '"discarded":0'],
  ['erasure sweep', 'operator', { dry_run: true }, 200, '"dry_run":true'],
  ['erasure status', 'auditor', {}, 200, '"waiting":0'],
  ['keys list', 'auditor', {}, 200, '"next"'],
  ['keys rotate', 'operator', {}, 200, '"next"'],
  ['keys retire', 'operator', { key: 'k'.repeat(43) }, 409, 'no key'],
  ['tokens create', 'operator', { name: 'bob', role: 'auditor' }, 200, '"token":"odnix-admin-'],
  ['tokens list', 'auditor', {}, 200, '"bob"'],
  ['tokens revoke', 'operator', { name: 'bob' }, 200, '"bob"'],
  ['actions list', 'auditor', { limit: 1 }, 200, '"next_before"'],
];
const reasoned = { reason: 'a test' };
const operationOf = (name: string) => operations.find((one) => one.name === name)!;

test('the table has every operation, once', () => {
  expect(rows.map(([name]) => name).toSorted()).toEqual(operations.map(({ name }) => name).toSorted());
});

test.each(rows)('%s', async (name, mayAsk, given, status, told) => {
  const body = mayAsk === 'operator' ? { ...given, ...reasoned } : given;
  for (const token of [null, tokens.wrong, tokens.revoked])
    expect(await ask(name, token, body)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  await sql`delete from ops.admin_token_failures`.execute(database.db);
  const asAuditor = await ask(name, tokens.auditor, body);
  if (mayAsk === 'operator') expect(asAuditor).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  else expect(asAuditor).toMatchObject({ status, text: expect.stringContaining(told) as string });
  expect(await ask(name, tokens.operator, body)).toMatchObject({
    status,
    text: expect.stringContaining(told) as string,
  });
});

test.each(rows)('%s names the field that is wrong', async (name, mayAsk, given) => {
  const operation = operationOf(name);
  const told = async (body: object): Promise<string> => {
    const { status, text } = await ask(name, tokens.operator, body);
    return `${status} ${/"field":"([^"]*)"/.exec(text)?.[1]}`;
  };
  for (const field of operation.parameters.map(fieldOf))
    expect(await told({ ...given, ...reasoned, [field]: {} })).toBe(`400 ${field}`);
  expect((await ask(name, tokens.operator, { ...given, ...reasoned, nothing: 1 })).text).toContain(
    'no such field',
  );
  if (mayAsk === 'operator') expect(await told(given)).toBe('400 reason');
});

test.each([
  ['epoch', { open: true }, 403, 'FORBIDDEN'],
  ['epoch', { even_if_whole: true }, 403, 'FORBIDDEN'],
  ['replay', { chat: nobody, messages: 1, with_text: true }, 403, 'FORBIDDEN'],
  ['audit message', { chat_id: nobody, seq: 1, with_text: true, reason: 'x' }, 403, 'FORBIDDEN'],
  ['audit chat', { chat_id: chat.chatId, jaeger: 'http://127.0.0.1:1' }, 400, '"field":"jaeger"'],
  ['audit chat', { chat_id: chat.chatId, jaeger: true }, 409, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['audit chat', { chat_id: chat.chatId, lines: true }, 400, 'application/x-ndjson'],
  ['audit chat', { chat_id: nobody, lines: true }, 409, 'there is no chat'],
  ['audit chat', { chat_id: nobody, from: '2026-01-02', to: '2026-01-01' }, 400, '"field":"from"'],
  ['audit chat', { chat_id: nobody, limit: 10_001 }, 400, '"field":"limit"'],
  ['replay', {}, 400, '"field":"chat"'],
  ['replay', { chat: nobody, user: nobody }, 400, '"field":"chat"'],
  ['replay', { projection: 'chats' }, 400, '"field":"against"'],
  ['replay', { user: nobody, messages: 3 }, 400, '"field":"messages"'],
])('an auditor who asks more: %s %j', async (name, body, status, told) => {
  expect(await ask(name, tokens.auditor, body)).toMatchObject({
    status,
    text: expect.stringContaining(told) as string,
  });
});

test('an audit shows what was written to who may see it, and says so; page by page it is the whole', async () => {
  const message = { chat_id: chat.chatId, seq: 1 };
  const asked = { ...message, with_text: true, ...reasoned };
  expect((await ask('audit message', tokens.operator, message)).text).not.toContain('canary');
  expect((await ask('audit message', tokens.operator, asked)).text).toContain('"text":"canary"');
  const looked = await ask('audit log', tokens.auditor, { about: chat.chatId, limit: 1 });
  expect(looked.text).toContain('"with_text":true');
  const page = async (more: object) =>
    JSON.parse((await ask('audit chat', tokens.auditor, { chat_id: chat.chatId, ...more })).text) as {
      rows: readonly object[];
      next_from_ms: number | null;
    };
  const { rows } = await page({});
  const paged: object[] = [];
  for (let from_ms: number | null = 0; from_ms !== null;) {
    const some = await page({ limit: 1, from: new Date(from_ms).toISOString() });
    paged.push(...some.rows);
    from_ms = some.next_from_ms;
  }
  expect(paged).toEqual(rows);
  expect(rows).toHaveLength(2);
});

test.each([
  ['epoch', { even_if_whole: true }, '"field":"open"'],
  ['restore', { directory: backup, replace: true }, '"field":"confirm"'],
  ['audit message', { chat_id: nobody, seq: 1, with_text: true, lines: true }, '"field":"with_text"'],
  ['dead-letters retry', { id: 1, all: true }, '"field":"id"'],
  ['tokens revoke', {}, '"field":"name"'],
])('what does not go together: %s %j', async (name, body, told) => {
  const answer = await ask(name, tokens.operator, { ...body, ...reasoned });
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(told)]);
});
