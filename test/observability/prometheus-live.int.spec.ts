/**
 * Every app a process of its own, a few people who do something of everything, and a Prometheus that scrapes them with our rules: each
 * query of each panel finds something, every rule is evaluated, and what alerts stand on is told.
 *
 * Seen failing: with a label in a panel's query misspelt, and with an alert on a metric that nothing tells.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dashboards } from '../../tools/observability/dashboards/index.js';
import { resolved } from '../../tools/observability/preview/load.js';
import { appNames, startAdminServer, startApp, type StartedProcess } from '../support/app-process.js';
import { Installation } from '../support/installation.js';
import { startTestPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { SeenPeople } from '../support/seen-people.js';

const root = join(import.meta.dirname, '../..');
const rate_interval_s = 10;
/** Told only once something has happened that should not. */
const mayBeAbsent = /_(denials|timeline_stops|overloads|codes_sent|backup|jobs_waiting|erasure|drift)_/;

let installation: Installation;
let processes: StartedProcess[];
let prometheus: TestPrometheus;
let people: SeenPeople;

beforeAll(async () => {
  installation = await Installation.make({ streamsPerFamily: 1 });
  await installation.setUp();
  processes = await Promise.all([
    ...appNames.map((app) => startApp(app, installation.envOf(app))),
    startAdminServer(installation.operatorsEnv),
  ]);
  prometheus = await startTestPrometheus(
    processes.map(({ health }, index) => ({ job: appNames[index] ?? 'admin', urls: [`${health}/metrics`] })),
    globSync(join(root, 'observability/prometheus/rules/*.yml')),
  );
  const [gateway, api] = processes as [StartedProcess, StartedProcess];
  people = await SeenPeople.meet({ gateway: gateway.url, api: api.url }, ['+15550801', '+15550802']);
});
afterAll(async () => {
  people?.leave();
  await prometheus?.stop();
  await Promise.all([...(processes ?? [])].map((one) => one.kill()));
  await installation?.remove();
});

test('each query of each panel finds something', async () => {
  const queries = dashboards.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(({ expr }) => [`${title}, ${panel.title}`, expr] as const)),
    ),
  );
  const empty = async (): Promise<string[]> => {
    // Rates are of what goes on.
    await people.live();
    const found = queries.map(async ([panel, expr]) => {
      const samples = await prometheus.api.query(resolved(expr, rate_interval_s));
      return samples.length > 0 ? [] : [`${panel}: ${expr}`];
    });
    return (await Promise.all(found)).flat();
  };
  await expect.poll(empty).toEqual([]);
});

test('every rule is evaluated, and what alerts stand on is told', async () => {
  const rules = () => prometheus.api.rules();
  await expect.poll(async () => (await rules()).every(({ health }) => health === 'ok')).toBe(true);
  const alerts = (await rules()).filter(({ type, name }) => type === 'alerting' && !name.includes('Burns'));
  const named = new Set(alerts.flatMap(({ query }) => query.match(/\b(odnix|nodejs)_[a-z_]+/g) ?? []));
  expect(named.size).toBeGreaterThan(10);
  const told = [...named].filter((metric) => !mayBeAbsent.test(metric));
  const missing = async () => {
    const counts = told.map(async (metric) =>
      (await prometheus.api.query(metric)).length > 0 ? [] : [metric],
    );
    return (await Promise.all(counts)).flat();
  };
  await expect.poll(missing).toEqual([]);
});
