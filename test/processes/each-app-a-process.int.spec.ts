/**
 * Every app a process of its own, each as its own user of one NATS and one Postgres that were set up by the operator's
 * command: people chat, and nothing is refused to anybody.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appNames, readinessAt, startApp, type StartedProcess } from '../support/app-process.js';
import { Person } from '../support/person.js';
import { Installation } from '../support/installation.js';

let installation: Installation;
let apps: StartedProcess[];

beforeAll(async () => {
  installation = await Installation.make({ streamsPerFamily: 2 });
  await installation.setUp();
  apps = await Promise.all(appNames.map((name) => startApp(name, installation.envOf(name))));
});
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.kill()));
  await installation?.remove();
});

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
