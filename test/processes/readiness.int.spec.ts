/** What each process calls ready, while the servers that they stand on go and come back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  appNames,
  healthOf,
  launchApp,
  readinessAt,
  startApp,
  type AppName,
  type AppProcess,
} from '../support/app-process.js';
import { Installation } from '../support/installation.js';
import { allowConnections } from '../support/served-queries.js';

/** Servers that were away are found again after pauses, and leases run out in between. */
const settled = { timeout: 45_000 };
let installation: Installation;
const launched: AppProcess[] = [];
const healths = new Map<AppName, string>();

async function start(name: AppName): Promise<string> {
  const app = await startApp(name, installation.envOf(name));
  launched.push(app);
  return app.health;
}

beforeAll(async () => {
  // One writer is enough for all logs: a second timeline can only stand by.
  installation = await Installation.make({ streamsPerFamily: 1 });
  await installation.setUp();
  await Promise.all(appNames.map(async (name) => healths.set(name, await start(name))));
});
afterAll(async () => {
  await Promise.all(launched.map((app) => app.kill()));
  await installation?.remove();
});

/** Status by app. */
async function statuses(): Promise<Record<string, number>> {
  const entries = [...healths].map(async ([name, url]) => [name, (await readinessAt(url)).status] as const);
  return Object.fromEntries(await Promise.all(entries));
}
const all = (status: number) => Object.fromEntries(appNames.map((name) => [name, status]));

test('a timeline that stands by, because another holds all streams, is ready', async () => {
  const { status, dependencies } = await readinessAt(await start('timeline'));
  expect({ status, logs: dependencies['logs'] }).toEqual({ status: 200, logs: { status: 'ok' } });
});

test('without Postgres, only who can do nothing without it is not ready; all are again after', async () => {
  const { url } = installation.database;
  await allowConnections(url, false);
  await expect.poll(statuses, settled).toEqual({ ...all(200), projector: 503, 'query-handler': 503 });
  const { dependencies } = await readinessAt(healths.get('command-handler')!);
  expect(dependencies).toMatchObject({
    ranges: { status: 'ok' },
    postgres: { status: 'down', required: false },
  });

  const late = launchApp('query-handler', installation.envOf('query-handler'));
  launched.push(late);
  const lateHealth = await healthOf(late);
  await expect
    .poll(() => readinessAt(lateHealth), settled)
    .toMatchObject({ dependencies: { postgres: { status: 'down' } } });
  await expect.poll(() => late.output(), settled).toContain('Waiting for postgres');

  await allowConnections(url, true);
  await expect.poll(statuses, settled).toEqual(all(200));
  await late.ready;
});

test('without NATS nobody is ready, everybody lives; all are ready again after', async () => {
  await installation.nats.kill();
  await expect.poll(statuses, settled).toEqual(all(503));
  for (const [name, url] of healths) {
    expect((await readinessAt(url)).dependencies['nats'], name).toMatchObject({ status: 'down' });
    expect((await fetch(`${url}/v1/health/live`)).status, name).toBe(200);
  }
  await installation.nats.restart();
  await expect.poll(statuses, settled).toEqual(all(200));
});

test('gateway and api tell their health on their public port too', async () => {
  for (const name of ['gateway', 'api'] as const) {
    const app = await startApp(name, installation.envOf(name));
    launched.push(app);
    expect((await readinessAt(app.url)).dependencies).toEqual((await readinessAt(app.health)).dependencies);
    expect((await fetch(`${app.url}/v1/health/live`)).status).toBe(200);
    const unknown = await fetch(`${app.url}/v1/nowhere`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
  }
});
