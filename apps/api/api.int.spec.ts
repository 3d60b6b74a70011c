/** Plain HTTP over real NATS and Postgres; the account's side is played by the test, so that it can fail on purpose. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '#db/migrate.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import type { CommandsRequest, QueryRequest } from '#streams/requests.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { freshDatabase, startNats, type TestDatabase, type TestNats } from '../../test/support/servers.js';
import { API_PARTS, type ApiParts } from './api-parts.js';
import { ApiModule } from './api.module.js';
import { DevelopmentCodeSender } from './code-sender.js';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import { createHttpApplication } from '#edge/http-application.js';

const streamsPerFamily = 1;
const secrets = deriveSecrets(new Uint8Array(32).fill(3));
let nats: TestNats;
let nc: NatsConnection;
let database: TestDatabase;
let app: NestFastifyApplication;
let url: string;
let writer: LogWriter;

const owners = new Map<string, string>();
const accounts = new Map<string, string[]>();
let failing: string | null = null;
let commands: string[] = [];

async function carryOut({ aggregate_id, commands: [command] }: CommandsRequest): Promise<object> {
  if (command === undefined) return { replies: [] };
  const { method, params } = command;
  commands.push(method);
  const answer = (result: object) => ({ replies: [{ result, seen: { projected: {}, logged: {} } }] });
  if (failing === method) return { replies: [{ error: { code: 'UNAVAILABLE', retryable: true } }] };
  switch (method) {
    case 'phone.signInFailed':
      return answer({});
    case 'phone.claim':
      if (!owners.has(aggregate_id)) owners.set(aggregate_id, String(params['user_id']));
      return answer({ user_id: owners.get(aggregate_id) });
    case 'account.register': {
      const registered = !accounts.has(aggregate_id);
      if (registered) accounts.set(aggregate_id, []);
      return answer({ user_id: aggregate_id, registered });
    }
    case 'account.addDevice':
      accounts.get(aggregate_id)!.push(String(params['device_id']));
      break;
    case 'account.revokeDevice':
      accounts.set(
        aggregate_id,
        accounts.get(aggregate_id)!.filter((id) => id !== params['device_id']),
      );
  }
  await writer.signIn(aggregate_id, '', accounts.get(aggregate_id));
  return answer({});
}

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), freshDatabase()]);
  nc = await connectNats(nats.url);
  await Promise.all([applyTopology(nc, { streamsPerFamily, replicas: 1 }), migrate(database.url)]);
  writer = new LogWriter(nc, streamsPerFamily);
  nc.subscribe('command.account.*', {
    callback: (_error, message) => {
      const request = message.json<CommandsRequest>();
      void carryOut({ ...request, commands: request.commands ?? [] }).then((reply) =>
        message.respond(JSON.stringify(reply)),
      );
    },
  });
  nc.subscribe('query.>', {
    callback: (_error, message) => {
      const { params, seen } = message.json<QueryRequest>();
      const hashes = (params?.['phone_hashes'] ?? []) as string[];
      const contacts = hashes
        .slice(0, 1)
        .map((phone_hash) => ({ phone_hash, user_id: 'u', display_name: 'n' }));
      const result = { contacts, asked: seen };
      message.respond(JSON.stringify({ result, seen: { projected: { CHAT_0: 5 }, logged: {} } }));
    },
  });
  app = await createHttpApplication(
    ApiModule.forRoot({
      natsUrl: nats.url,
      databaseUrl: database.url,
      secrets,
      streamsPerFamily,
      nodeEnv: 'test',
    }),
    new AllowedOrigins({ origins: ['https://chat.example'], nodeEnv: 'test' }),
  );
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
beforeEach(() => {
  failing = null;
  commands = [];
});
afterAll(async () => {
  await app?.close();
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});

async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? null : JSON.parse(text) };
}
const errorOf = async (request: ReturnType<typeof call>) => {
  const { status, json } = await request;
  return [status, json?.error?.code];
};
const device = { name: 'phone', type: 'mobile' };
let lastPhone = 100;
const newPhone = () => `+1555${String((lastPhone += 1)).padStart(7, '0')}`;
async function codeFor(phone: string): Promise<string> {
  const { json } = await call('/v1/auth/otp/request', { phone });
  return json.dev_code;
}
const verify = (phone: string, code: string) => call('/v1/auth/otp/verify', { phone, code, device });
async function signedIn() {
  const phone = newPhone();
  return { phone, ...(await verify(phone, await codeFor(phone))).json };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ping = { jsonrpc: '2.0', id: 1, method: 'session.ping' };

test('a new phone makes an account, a known one a further device of it', async () => {
  const first = await signedIn();
  expect(first).toMatchObject({ new_user: true, access_expires_in_s: 900 });
  const second = (await verify(first.phone, await codeFor(first.phone))).json;
  expect(second).toMatchObject({ new_user: false, user_id: first.user_id });
  expect(second.device_id).not.toBe(first.device_id);
  for (const { access_token } of [first, second]) {
    expect((await call('/v1/rpc', ping, bearer(access_token))).status).toBe(200);
  }
});

test.for(['phone.claim', 'account.register', 'account.addDevice'])(
  'a sign-in that ends at %s is finished by the same code afterwards',
  async (step) => {
    const phone = newPhone();
    const code = await codeFor(phone);
    failing = step;
    expect(await errorOf(verify(phone, code))).toEqual([503, 'UNAVAILABLE']);
    failing = null;
    expect((await verify(phone, code)).json).toMatchObject({ new_user: step !== 'account.addDevice' });
    expect(await errorOf(verify(phone, code))).toEqual([401, 'CODE_INVALID']);
  },
);

test('a code is used once, and good for its phone alone', async () => {
  const phone = newPhone();
  const code = await codeFor(phone);
  expect(await errorOf(verify(newPhone(), code))).toEqual([401, 'CODE_INVALID']);
  const both = await Promise.all([verify(phone, code), verify(phone, code)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
});

test('codes a phone are limited, with the time to wait; nothing else about the phone is told', async () => {
  const phone = newPhone();
  const answers = [];
  for (let request = 0; request < 6; request++) answers.push(await call('/v1/auth/otp/request', { phone }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers[5]!.json.error).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
  expect(answers[5]!.json.error.retry_after_ms).toBeGreaterThan(0);
  expect(Object.keys(answers[0]!.json)).toEqual(['expires_in_s', 'code_digits', 'dev_code']);
  // Told to whichever account has the phone, where one has it; nobody waits for that.
  expect(commands.filter((method) => method !== 'phone.signInFailed')).toEqual([]);
});

// Seen failing with a spent token taken, with its use not signing the device out, with the use of an access token not ending what
// it replaced, and with the tokens kept after the sign-out.
test('refresh: a lost answer can be asked for again; once the new pair was used the old token revokes the device', async () => {
  const refresh = (refresh_token: string) => call('/v1/auth/refresh', { refresh_token });
  const one = await signedIn();
  const lost = (await refresh(one.refresh_token)).json;
  const kept = (await refresh(one.refresh_token)).json;
  const next = (await refresh(kept.refresh_token)).json;
  expect(next.access_token).toBeTypeOf('string');
  // Spent by the use of its sibling, as is the token both replaced.
  expect(await errorOf(refresh(lost.refresh_token))).toEqual([401, 'DEVICE_REVOKED']);
  expect(commands).toContain('account.revokeDevice');
  expect(await errorOf(refresh(next.refresh_token))).toEqual([401, 'UNAUTHENTICATED']);
  expect(await errorOf(call('/v1/rpc', ping, bearer(next.access_token)))).toEqual([401, 'DEVICE_REVOKED']);

  const other = await signedIn();
  const pair = (await refresh(other.refresh_token)).json;
  expect((await call('/v1/rpc', ping, bearer(pair.access_token))).status).toBe(200);
  expect(await errorOf(refresh(other.refresh_token))).toEqual([401, 'DEVICE_REVOKED']);
});

// Seen failing with nobody signed out, with everybody, and with the old token taken.
test('a device that was not used for a month is signed out, and its token opens nothing before that', async () => {
  const { user_id, device_id, refresh_token } = await signedIn();
  const { db, idleDevices, refreshTokens } = app.get<ApiParts>(API_PARTS, { strict: false });
  expect(await refreshTokens.activityOf(user_id)).toEqual({ [device_id]: expect.any(Number) });
  await idleDevices.sweep();
  expect(commands).not.toContain('account.revokeDevice');
  const issued_at = new Date(Date.now() - 31 * 86_400_000);
  await db.updateTable('ops.refresh_tokens').set({ issued_at }).where('device_id', '=', device_id).execute();
  expect(await errorOf(call('/v1/auth/refresh', { refresh_token }))).toEqual([401, 'UNAUTHENTICATED']);
  await idleDevices.sweep();
  expect(commands).toContain('account.revokeDevice');
  expect(await refreshTokens.activityOf(user_id)).toEqual({});
});

test('logout ends the device', async () => {
  const { access_token, refresh_token } = await signedIn();
  expect((await call('/v1/auth/logout', '', bearer(access_token))).status).toBe(204);
  expect(await errorOf(call('/v1/rpc', ping, bearer(access_token)))).toEqual([401, 'DEVICE_REVOKED']);
  expect(await errorOf(call('/v1/auth/refresh', { refresh_token }))).toEqual([401, 'UNAUTHENTICATED']);
});

test('rpc: requests, batches, notifications, mistakes; what was seen travels in a header', async () => {
  const { access_token } = await signedIn();
  const rpc = (body: unknown, more: Record<string, string> = {}) =>
    call('/v1/rpc', body, { ...bearer(access_token), ...more });
  expect((await rpc(ping)).json.result.server_time_ms).toBeGreaterThan(0);
  expect((await rpc([ping, { jsonrpc: '2.0', method: 'session.ping' }])).json).toHaveLength(1);
  expect((await rpc({ jsonrpc: '2.0', method: 'session.ping' })).status).toBe(204);
  expect((await rpc('{')).json.error.code).toBe(-32700);
  expect((await rpc({ ...ping, method: 'session.open' })).json.error.code).toBe(-32601);
  expect((await rpc({ ...ping, params: { x: 1 } })).json.error.data.details).toEqual({ x: 'no such field' });
  const get = { ...ping, method: 'users.get', params: { user_id: uuidV7() } };
  const seen = (await rpc(get)).headers.get('odnix-seen')!;
  expect((await rpc(get, { 'odnix-seen': seen })).json.result.asked).toEqual({
    projected: { CHAT_0: 5 },
    logged: {},
  });
  expect(await errorOf(rpc(get, { 'odnix-seen': 'junk' }))).toEqual([400, 'INVALID_PARAMS']);
  const sync = { ...ping, method: 'contacts.sync', params: { phones: ['+15550100', '+15550101'] } };
  expect((await rpc(sync)).json.result.contacts).toEqual([
    { phone: '+15550100', user_id: 'u', display_name: 'n' },
  ]);
});

test.for([
  ['/v1/rpc', ping, {}, [401, 'UNAUTHENTICATED']],
  ['/v1/rpc', ping, bearer('x.y.z'), [401, 'UNAUTHENTICATED']],
  ['/v1/auth/otp/request', '{', {}, [400, 'PARSE_ERROR']],
  ['/v1/auth/otp/request', { phone: '555' }, {}, [400, 'INVALID_PARAMS']],
  ['/v1/auth/otp/request', { phone: '+15550100', extra: 1 }, {}, [400, 'INVALID_PARAMS']],
  ['/v1/auth/otp/request', `"${'x'.repeat(70_000)}"`, {}, [413, 'PAYLOAD_TOO_LARGE']],
  [
    '/v1/auth/otp/request',
    'phone=1',
    { 'content-type': 'application/x-www-form-urlencoded' },
    [400, 'INVALID_PARAMS'],
  ],
  ['/v1/auth/otp/verify', { phone: '+15550100', code: '12', device }, {}, [400, 'INVALID_PARAMS']],
  ['/v1/auth/refresh', { refresh_token: 'nothing' }, {}, [401, 'UNAUTHENTICATED']],
  ['/v1/nothing', undefined, {}, [404, 'NOT_FOUND']],
] as const)('%s %j %j is refused', async ([path, body, headers, expected]) => {
  expect(await errorOf(call(path, body, headers))).toEqual(expected);
});

test('health: live always; ready names what is missing', async () => {
  expect((await call('/v1/health/live')).status).toBe(200);
  const { status, json } = await call('/v1/health/ready');
  expect(status).toBe(503);
  expect(json.dependencies).toMatchObject({
    nats: { status: 'ok' },
    postgres: { status: 'ok' },
    streams: { status: 'ok' },
    'command-handler': { status: 'down', detail: '16 of 32 ranges do not answer' },
    'query-handler': { status: 'ok' },
    timeline: { status: 'down', detail: expect.stringContaining('nobody writes USER_0') },
    projector: { status: 'ok' },
  });
});

test('the development sender does not start in production', () => {
  expect(() => new DevelopmentCodeSender('production')).toThrow('production');
});

test('the public key stands in jwks.json, the private one does not', async () => {
  const { json } = await call('/v1/auth/jwks.json');
  expect(json.keys).toHaveLength(1);
  expect(json.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' });
  expect(json.keys[0]).not.toHaveProperty('d');
});

describe('pages of other origins', () => {
  const preflight = (origin: string) =>
    fetch(`${url}/v1/auth/otp/request`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  test('a listed one is told that it may, for answers and errors too, without cookies', async () => {
    const origin = 'https://chat.example';
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, last-event-id, odnix-installation, odnix-seen',
    );
    for (const answer of [headers, (await call('/v1/rpc', {}, { origin })).headers]) {
      expect(answer.get('access-control-allow-origin')).toBe(origin);
      expect(answer.get('access-control-allow-credentials')).toBeNull();
      expect(answer.get('vary')).toMatch(/origin/i);
    }
  });

  test('another is told nothing', async () => {
    const origin = 'https://other.example';
    for (const { headers } of [await preflight(origin), await call('/v1/rpc', {}, { origin })])
      expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
