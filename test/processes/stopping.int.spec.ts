/**
 * What a process does between being told to stop and its end.
 *
 * Seen failing: with connections cut at once at a stop, "answered"; without `refuseUpgrades`, "takes no more".
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { deriveSecrets } from '#edge/secrets.js';
import { connectNats } from '#streams/connection.js';
import type { CommandsRequest } from '#streams/requests.js';
import { accessSigner } from '../support/access-signer.js';
import { startApp, type AppName, type StartedProcess } from '../support/app-process.js';
import { Installation } from '../support/installation.js';
import { LogWriter } from '../support/log-writer.js';
import { natsUrlOf } from '../support/servers.js';
import { WireClient } from '../support/wire-client.js';

const repository = resolve(import.meta.dirname, '../..');
let installation: Installation;
/** As the operator, and as whoever carries out commands. */
let nc: NatsConnection;
let handler: NatsConnection;
const launched: StartedProcess[] = [];

async function start(name: AppName): Promise<StartedProcess> {
  const app = await startApp(name, installation.envOf(name));
  launched.push(app);
  return app;
}

beforeAll(async () => {
  installation = await Installation.make({ streamsPerFamily: 1 });
  await installation.setUp();
  nc = await connectNats(installation.nats.url);
  handler = await connectNats(natsUrlOf(installation.nats, 'command-handler'));
});
afterEach(async () => {
  await Promise.all(launched.splice(0).map((app) => app.kill()));
});
afterAll(async () => {
  await Promise.all([nc?.close(), handler?.close()]);
  await installation?.remove();
});

const stopping = (app: { output(): string }) =>
  expect.poll(() => app.output(), { interval: 5 }).toContain('Stopping');

test('a gateway tells its clients, takes no more, closes their sockets, and ends', async () => {
  const identity = { user_id: uuidV7(), device_id: uuidV7() };
  await new LogWriter(nc, 1).signIn(identity.user_id, identity.device_id);
  const secrets = deriveSecrets(Buffer.from(installation.envOf('gateway')['ODNIX_SECRET']!, 'base64url'));
  const token = await (await accessSigner(nc, secrets)).sign(identity);
  const gateway = await start('gateway');
  const client = await WireClient.open(gateway.url, token);
  const sessionless = await WireClient.connect(gateway.url);

  const stopped = gateway.stop();
  await client.until(() => client.notifications.at(-1)?.method === 'session.draining');
  // What is connected is still answered, but for a new session.
  await client.request('session.ping');
  const open = { access_token: token, client: { name: 'test', version: '1' } };
  await expect(sessionless.request('session.open', open)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await upgradeStatus(gateway.url)).toBe(503);
  expect((await fetch(`${gateway.health}/v1/health/ready`)).status).toBe(503);
  expect((await fetch(`${gateway.health}/v1/health/live`)).status).toBe(200);
  expect([await client.closed, await sessionless.closed]).toEqual([4000, 4000]);
  expect(await stopped).toBe(0);
});

test('a request that is under way in an api is answered', async () => {
  const api = await start('api');
  let isFirst = true;
  const commands = handler.subscribe('command.account.*', {
    callback: (_error, message) => {
      const { commands: asked, identity } = message.json<Partial<CommandsRequest>>();
      const result = { user_id: identity?.user_id, registered: true };
      const replies = (asked ?? []).map(() => ({ result, seen: { projected: {}, logged: {} } }));
      const answer = () => void message.respond(JSON.stringify({ replies }));
      // Probes of readiness ask for nothing.
      if (asked === undefined || !isFirst) return answer();
      isFirst = false;
      void api.stop();
      void stopping(api).then(answer);
    },
  });
  await handler.flush();
  const phone = '+15550700';
  const { dev_code } = (await (await post(api.url, 'otp/request', { phone })).json()) as { dev_code: string };
  const device = { name: 'test', type: 'desktop' };
  const verified = await post(api.url, 'otp/verify', { phone, code: dev_code, device });
  expect(verified.status, api.output()).toBe(200);
  expect(await api.exited).toBe(0);
  commands.unsubscribe();
});

test('told again to stop, it ends at once with a failure', async () => {
  const stubborn = await startStubborn(60_000);
  stubborn.child.kill('SIGTERM');
  await stopping(stubborn);
  // npm passes on what the terminal has sent already: within a second it is the same signal.
  const again = setInterval(() => stubborn.child.kill('SIGTERM'), 100);
  const [code] = await once(stubborn.child, 'exit');
  clearInterval(again);
  expect(code).toBe(1);
  expect(stubborn.output()).not.toContain('Not stopped within');
});

test('what does not stop within its time says so, and ends with a failure', async () => {
  const stubborn = await startStubborn(100);
  stubborn.child.kill('SIGTERM');
  const [code] = await once(stubborn.child, 'exit');
  expect(code).toBe(1);
  expect(stubborn.output()).toContain('Not stopped within 100 ms');
});

async function startStubborn(stop_ms_max: number) {
  const support = join(repository, 'test/support');
  const args = ['--conditions=odnix-source', '--import', join(support, 'typescript-hooks.mjs')];
  const child = spawn(process.execPath, [...args, join(support, 'stubborn-process.ts')], {
    cwd: repository,
    env: { ...process.env, ...installation.envOf('query-handler'), STOP_MS_MAX: String(stop_ms_max) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  await expect.poll(() => text).toContain('stubborn ready');
  return { child, output: () => text };
}

const post = (url: string, path: string, body: object): Promise<Response> =>
  fetch(`${url}/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

function upgradeStatus(url: string): Promise<number | undefined> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('open', () => resolve(101));
    socket.on('error', () => undefined);
  });
}
