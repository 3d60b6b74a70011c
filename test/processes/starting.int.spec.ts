/**
 * Every app started by itself, on servers that are not there yet, or are not what it was told.
 *
 * Seen failing without `awaitStreams`: "before NATS", "spread otherwise", "not as this version expects".
 */
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connectNats } from '#streams/connection.js';
import { appNames, healthOf, launchApp, readinessAt, type AppProcess } from '../support/app-process.js';
import { Installation } from '../support/installation.js';

let installation: Installation;
const launched: AppProcess[] = [];

function launch(...[app, env, args]: Parameters<typeof launchApp>): AppProcess {
  const one = launchApp(app, env, args);
  launched.push(one);
  return one;
}

beforeAll(async () => {
  installation = await Installation.make({ streamsPerFamily: 2 });
});
afterEach(async () => {
  await Promise.all(launched.splice(0).map((app) => app.kill()));
});
afterAll(() => installation?.remove());

test('before NATS and the streams are there it lives, waits, says for what, and is ready once they are', async () => {
  const { nats } = installation;
  await nats.kill();
  const apps = appNames.map((name) => launch(name, installation.envOf(name)));
  const healths = await Promise.all(apps.map(healthOf));
  const waitsFor = async (dependency: string) => {
    for (const [index, health] of healths.entries()) {
      await expect
        .poll(() => readinessAt(health))
        .toMatchObject({
          status: 503,
          dependencies: { [dependency]: { status: 'down' } },
        });
      expect((await fetch(`${health}/v1/health/live`)).status).toBe(200);
      await expect.poll(() => apps[index]!.output()).toContain(`Waiting for ${dependency}`);
    }
  };
  await waitsFor('nats');
  await nats.restart();
  await waitsFor('streams');
  expect(apps[0]!.output()).toContain('npm run admin -- setup');
  await installation.setUp();
  for (const app of apps) expect((await app.ready).pid).toBe(app.pid);
  for (const health of healths) expect(await readinessAt(health)).toMatchObject({ status: 200 });
  expect(apps.map((app) => app.output().match(/ ready \{/g)?.length)).toEqual(apps.map(() => 1));
});

test('without settings it ends with exit code 2, and names each that it needs, and no other', async () => {
  const needed: Record<string, string[]> = {};
  for (const name of appNames) {
    const app = launch(name, { STREAMS_PER_FAMILY: '3' });
    expect(await app.exited).toBe(2);
    const complaints = [...app.output().matchAll(/^([A-Z_]+): expected .*; given: (?:nothing|"3")$/gm)];
    needed[name] = complaints.map(([, setting]) => setting!);
  }
  expect(needed).toEqual({
    gateway: ['NATS_URL', 'ODNIX_SECRET', 'STREAMS_PER_FAMILY'],
    api: ['NATS_URL', 'DATABASE_URL', 'ODNIX_SECRET', 'STREAMS_PER_FAMILY'],
    'command-handler': ['NATS_URL', 'DATABASE_URL', 'ODNIX_SECRET', 'STREAMS_PER_FAMILY'],
    timeline: ['NATS_URL', 'DATABASE_URL', 'STREAMS_PER_FAMILY'],
    projector: ['NATS_URL', 'DATABASE_URL', 'STREAMS_PER_FAMILY'],
    'query-handler': ['NATS_URL', 'DATABASE_URL', 'STREAMS_PER_FAMILY'],
  });
});

test.each(['1', '4'])(
  'streams that are spread otherwise than it was told (%s) are refused',
  async (given) => {
    await installation.setUp();
    const app = launch('query-handler', {
      ...installation.envOf('query-handler'),
      STREAMS_PER_FAMILY: given,
    });
    expect(await app.exited).toBe(2);
    expect(app.output()).toMatch(new RegExp(`^STREAMS_PER_FAMILY: expected 2, .*; given: ${given}\\.`, 'm'));
  },
);

test('streams that are not as this version expects are refused, with what to do', async () => {
  const env = installation.envOf('query-handler');
  await installation.setUp();
  const nc = await connectNats(installation.nats.url);
  const jsm = await jetstreamManager(nc);
  await jsm.streams.update('CHAT_1', { ...(await jsm.streams.info('CHAT_1')).config, allow_direct: false });
  await nc.close();
  const app = launch('query-handler', env);
  expect(await app.exited).toBe(1);
  expect(app.output()).toContain('(CHAT_1.allow_direct)');
  expect(app.output()).toContain('npm run admin -- setup');
  await installation.setUp();
  await launch('query-handler', env).ready;
});

test('a taken health port is named; who waits still stops when told to', async () => {
  const env = { ...installation.envOf('query-handler'), NATS_URL: 'nats://127.0.0.1:1' };
  const first = launch('query-handler', env);
  const { port } = new URL(await healthOf(first));
  const second = launch('query-handler', { ...env, HEALTH_PORT: port });
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`HEALTH_PORT: ${port} on 127.0.0.1 is taken`);
  expect(await first.stop()).toBe(0);
});
