/**
 * Every app a process of its own, each as its own user of one NATS and one Postgres that were set up by the operator's
 * command: people chat, and nothing is refused to anybody.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseApps, passwordVariableOf, roleOf } from '#db/role-grants.js';
import { launchApp, readinessAt, startApp, type AppName } from '../support/app-process.js';
import { Person } from '../support/person.js';
import { freshDatabase, natsUrlOf, startNats, type TestDatabase, type TestNats } from '../support/servers.js';

const names: AppName[] = ['gateway', 'api', 'command-handler', 'timeline', 'projector', 'query-handler'];
const password = randomUUID();
let nats: TestNats;
let database: TestDatabase;
let apps: Awaited<ReturnType<typeof startApp>>[];

beforeAll(async () => {
  [nats, database] = await Promise.all([
    startNats({ fsync: false, users: { streamsPerFamily: 2 } }),
    freshDatabase(),
  ]);
  const env = { ODNIX_SECRET: randomBytes(32).toString('base64url'), STREAMS_PER_FAMILY: '2' };
  const admins = { NATS_URL: nats.url, DATABASE_URL: database.url };
  const passwords = Object.fromEntries(databaseApps.map((app) => [passwordVariableOf(app), password]));
  const setup = launchApp('admin', { ...env, ...admins, ...passwords }, ['setup']);
  expect(await setup.exited, setup.output()).toBe(0);
  apps = await Promise.all(names.map((name) => startApp(name, { ...env, ...urlsOf(name) })));
});
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.kill()));
  await Promise.all([nats?.stop(), database?.drop()]);
});

function urlsOf(name: AppName): Record<string, string> {
  const NATS_URL = natsUrlOf(nats, name);
  if (name === 'gateway') return { NATS_URL };
  const url = new URL(database.url);
  url.username = roleOf(name);
  url.password = password;
  return { NATS_URL, DATABASE_URL: url.href };
}

test('two people chat, and every process stops with exit code 0 when it is told to', async () => {
  const [gateway, api] = [apps[0]!, apps[1]!];
  const ann = await (await Person.signIn(api.url, '+15550600')).connect(gateway.url);
  const bob = await (await Person.signIn(api.url, '+15550601')).connect(gateway.url);
  const { chat } = await ann.create({ kind: 'direct', member_ids: [bob.userId] });
  await ann.send(chat.chat_id, 'hello');
  await bob.sees(({ type, message }) => type === 'message.new' && message.content.text === 'hello');
  await bob.send(chat.chat_id, 'and to you');
  await ann.sees(({ type, message }) => type === 'message.new' && message.content.text === 'and to you');
  expect((await bob.history(chat.chat_id)).map(({ content }) => content.text ?? content.type)).toEqual(
    (await ann.history(chat.chat_id)).map(({ content }) => content.text ?? content.type),
  );
  for (const app of apps) expect((await readinessAt(app.health)).status).toBe(200);
  expect(await Promise.all(apps.map((app) => app.stop()))).toEqual(apps.map(() => 0));
  for (const app of apps) expect(app.output()).not.toMatch(/permi|denied/i);
});
