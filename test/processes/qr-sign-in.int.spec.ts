/**
 * A device lets another in by a QR code: api and command handler on real NATS and Postgres, from several addresses of this
 * machine. Who sees the screen has the token; who watches the network has not.
 *
 * Seen failing without `bound_to` in the look-up (a thief of the token was signed in), with a token that two devices may accept
 * (both were told yes), with an answer that is not marked as given (two devices' worth of tokens), without the look at the
 * device that accepted (a stolen one let others in after it was signed out), without the look at the new device before it is
 * answered again (signed out, it came back), without the count of devices before accepting, with wrong tokens not counted, and
 * with the device used last replaced.
 */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AllowedOrigins } from '#edge/allowed-origins.js';
import { createHttpApplication } from '#edge/http-application.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { ApiModule } from '../../apps/api/api.module.js';
import {
  startCommandHandler,
  type RunningCommandHandler,
} from '../../apps/command-handler/start-command-handler.js';
import { migratedDatabase, type MigratedDatabase } from '../support/migrated-database.js';
import { startNats, type TestNats } from '../support/servers.js';

const secrets = deriveSecrets(new Uint8Array(32).fill(8));
const signInsPerAddressMax = 20;
let nats: TestNats;
let database: MigratedDatabase;
let handler: RunningCommandHandler;
let app: NestFastifyApplication;
let port: number;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  const nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  await nc.close();
  const servers = { natsUrl: nats.url, databaseUrl: database.url, streamsPerFamily: 1, secrets };
  handler = await startCommandHandler(servers);
  app = await createHttpApplication(
    ApiModule.forRoot({ ...servers, nodeEnv: 'test', signInsPerAddressMax }),
    new AllowedOrigins({ origins: [], nodeEnv: 'test' }),
    {},
  );
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(async () => {
  await app?.close();
  await handler?.stop();
  await Promise.all([nats?.stop(), database?.drop()]);
});

interface Asked {
  readonly from?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}
interface Answer {
  readonly status: number;
  readonly json: any;
}

async function call(path: string, { from = '127.0.0.1', body, headers }: Asked = {}): Promise<Answer> {
  const asking = httpRequest({
    port,
    host: '127.0.0.1',
    path,
    localAddress: from,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
  });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asking, 'response');
  const text = await response.setEncoding('utf8').toArray();
  return { status: response.statusCode, json: JSON.parse(text.join('') || 'null') };
}

let made = 0;
const newAddress = () => `127.1.${(made += 1) >> 8}.${made & 255}`;
const device = { name: 'Desk', type: 'desktop' };
const newPhone = () => `+1555${String((made += 1)).padStart(7, '0')}`;
async function codeFor(phone: string) {
  const from = newAddress();
  const { json } = await call('/v1/auth/otp/request', { from, body: { phone } });
  const body = { phone, code: json.dev_code, device: { name: 'Phone', type: 'mobile' } };
  return () => call('/v1/auth/otp/verify', { from, body });
}
const signedIn = async (phone = newPhone()) => (await (await codeFor(phone))()).json;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
async function rpc(token: string, method: string, params: object): Promise<any> {
  const body = { jsonrpc: '2.0', id: 1, method, params };
  const { json } = await call('/v1/rpc', { from: newAddress(), body, headers: bearer(token) });
  return json.result ?? json.error?.data?.code ?? json.error.code;
}
const accept = (who: { access_token: string }, qr_token: string) =>
  rpc(who.access_token, 'devices.acceptQr', { qr_token });
const poll = (qr: string, from: string, installation?: string) =>
  call(`/v1/auth/qr/${qr}`, {
    from,
    ...(installation === undefined ? {} : { headers: { 'odnix-installation': installation } }),
  });
async function shown(installation_id?: string) {
  const from = newAddress();
  const { json } = await call('/v1/auth/qr', { from, body: { device, installation_id } });
  return { from, installation: installation_id, qr: String(json.qr_token), told: json };
}
const worksFor = (token: string) => rpc(token, 'session.ping', {});

test('pending, then accepted, then the answer of a sign-in', async () => {
  const owner = await signedIn();
  const { qr, from, installation, told } = await shown(uuidV7());
  expect(told).toEqual({ qr_token: expect.any(String), expires_in_s: 120, poll_after_ms: 2_000 });
  expect(await poll(qr, from, installation)).toEqual({ status: 202, json: { poll_after_ms: 2_000 } });
  expect(await accept(owner, qr)).toEqual({ device });
  // Its answer was lost: asked again, the same device is told the same.
  expect(await accept(owner, qr)).toEqual({ device });
  const { status, json } = await poll(qr, newAddress(), installation);
  expect(status).toBe(200);
  expect(Object.keys(json).toSorted()).toEqual(Object.keys(owner).toSorted());
  expect(json).toMatchObject({ user_id: owner.user_id, new_user: false });
  expect(json.device_id).not.toBe(owner.device_id);
  expect(await worksFor(json.access_token)).toHaveProperty('server_time_ms');
  const { rows } = await sql<object>`select * from ops.qr_sign_ins`.execute(database.db);
  expect(JSON.stringify(rows)).not.toContain(qr);
});

test('of two devices that accept at once one wins', async () => {
  const people = await Promise.all([signedIn(), signedIn()]);
  const { qr } = await shown();
  const answers = await Promise.all(people.map((one) => accept(one, qr)));
  expect(answers).toContainEqual({ device });
  expect(answers).toContain('QR_INVALID');
});

test('a photographed code: whoever else polls is told nothing, before and after', async () => {
  const owner = await signedIn();
  const thief = newAddress();
  for (const installation of [uuidV7(), undefined]) {
    const { qr, from } = await shown(installation);
    const others = [poll(qr, thief), poll(qr, thief, uuidV7()), poll(qr, from, uuidV7())];
    for (const { status } of await Promise.all(others)) expect(status).toBe(404);
    await accept(owner, qr);
    expect((await poll(qr, thief, uuidV7())).json.error.code).toBe('QR_INVALID');
    expect((await poll(qr, thief)).status).toBe(404);
    expect((await poll(qr, from, installation)).status).toBe(200);
  }
});

test('a lost answer is given again to its installation, and what was answered before is void', async () => {
  const owner = await signedIn();
  const { qr, from, installation } = await shown(uuidV7());
  await accept(owner, qr);
  const [lost, kept] = [await poll(qr, from, installation), await poll(qr, from, installation)];
  expect(kept.json.device_id).toBe(lost.json.device_id);
  const refresh = (refresh_token: string) => call('/v1/auth/refresh', { body: { refresh_token } });
  expect((await refresh(lost.json.refresh_token)).status).toBe(401);
  expect((await refresh(kept.json.refresh_token)).status).toBe(200);
  // Signed out, it does not come back by the same code.
  await call('/v1/auth/logout', { body: {}, headers: bearer(kept.json.access_token) });
  expect((await poll(qr, from, installation)).status).toBe(202);
});

test('without an installation it is answered once; asked again, the device is signed out', async () => {
  const owner = await signedIn();
  const { qr, from } = await shown();
  await accept(owner, qr);
  const both = await Promise.all([poll(qr, from), poll(qr, from)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 404]);
  const { json } = both.find(({ status }) => status === 200)!;
  expect((await poll(qr, from)).json.error.code).toBe('QR_INVALID');
  expect(await worksFor(json.access_token)).toBe('DEVICE_REVOKED');
});

test('a device that was signed out lets nobody in', async () => {
  const stolen = await signedIn();
  const { qr, from } = await shown();
  expect(await accept(stolen, qr)).toEqual({ device });
  await call('/v1/auth/logout', { body: {}, headers: bearer(stolen.access_token) });
  expect((await poll(qr, from)).json.error.code).toBe('QR_INVALID');
  const other = await shown();
  expect(await accept(stolen, other.qr)).toBe('DEVICE_REVOKED');
});

test('an account with all its devices is full, and whoever accepts is told; a code lets in in place of one that was not used for a day', async () => {
  const phone = newPhone();
  const owner = await signedIn(phone);
  for (let more = 1; more < 10; more++) {
    const one = await shown();
    await accept(owner, one.qr);
    expect((await poll(one.qr, one.from)).status).toBe(200);
  }
  const { qr, from } = await shown();
  expect(await accept(owner, qr)).toBe('DEVICE_LIMIT');
  expect((await poll(qr, from)).status).toBe(202);

  // As if all were lost, and one of them for more than a day.
  const verify = await codeFor(phone);
  const refused = (await verify()).json.error;
  expect(refused).toMatchObject({ code: 'DEVICE_LIMIT', details: { devices_max: 10 } });
  expect(refused.details.allowed_at_ms).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  const { devices } = await rpc(owner.access_token, 'devices.list', {});
  const { device_id } = devices[4];
  await sql`update ops.refresh_tokens set issued_at = now() - interval '25 hours' where device_id = ${device_id}`.execute(
    database.db,
  );
  const { json: let_in } = await verify();
  expect(await worksFor(let_in.access_token)).not.toBe('DEVICE_REVOKED');
  const after = (await rpc(owner.access_token, 'devices.list', {})).devices;
  const ids = (list: { device_id: string }[]) => list.map((one) => one.device_id).toSorted();
  expect(ids(after)).toEqual(ids([...devices.filter((one: any) => one.device_id !== device_id), let_in]));
});

test('tokens expire, and are neither guessed nor made without end', async () => {
  const owner = await signedIn();
  const { qr, from } = await shown();
  await sql`update ops.qr_sign_ins set expires_at = now()`.execute(database.db);
  expect(await accept(owner, qr)).toBe('QR_INVALID');
  const guesses = await Promise.all(
    Array.from({ length: signInsPerAddressMax + 5 }, () => poll(uuidV7(), from)),
  );
  expect(guesses.filter(({ status }) => status === 404)).toHaveLength(signInsPerAddressMax);
  const limited = guesses.filter(({ status }) => status === 429);
  expect(limited).toHaveLength(5);
  expect(limited[0]!.json.error.retry_after_ms).toBeGreaterThan(0);
  const floods = await Promise.all(
    Array.from({ length: signInsPerAddressMax + 5 }, () => call('/v1/auth/qr', { from, body: { device } })),
  );
  // One was made above.
  expect(floods.filter(({ status }) => status === 200)).toHaveLength(signInsPerAddressMax - 1);
  expect((await poll('x', newAddress(), 'no UUID')).json.error.details).toHaveProperty('odnix-installation');
});
