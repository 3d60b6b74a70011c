/**
 * Dashboards, the rules of objectives and docs/slo.md are made from the code (tools/observability): `npm run generate:dashboards`. Alerts
 * stand on metrics that there are and name a page that there is; every page is named.
 *
 * Seen failing: with a metric of an alert misspelt, a runbook renamed, an objective's bound that is no bucket, a panel widened.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { expect, it, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { catalogue, prometheusName, type MetricName } from '#observability/catalogue/index.js';
import type { MetricEntry } from '#observability/catalogue/metric.js';
import { grafanaDashboard } from '../../tools/observability/dashboards/grafana.js';
import { dashboards } from '../../tools/observability/dashboards/index.js';
import { objectives, sloRules } from '../../tools/observability/slo.js';
import { expectMade, row, table } from './made-page.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const root = join(import.meta.dirname, '../..');
const rules = join(root, 'observability/prometheus/rules');
const entries = Object.entries(catalogue) as [MetricName, MetricEntry][];
const alerts = readdirSync(rules)
  .map((file) => parse(readFileSync(join(rules, file), 'utf8')) as { groups: { rules: Partial<Alert>[] }[] })
  .flatMap(({ groups }) => groups.flatMap((group) => group.rules))
  .filter((rule): rule is Alert => rule.alert !== undefined);

test.for(dashboards)('$title', async (dashboard) => {
  const made = grafanaDashboard(dashboard);
  const text = await format(JSON.stringify(made), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot(
    join(root, `observability/grafana/dashboards/${dashboard.uid}.json`),
  );
});

it('every panel says what it shows and what that means', () => {
  const panels = dashboards.flatMap(({ rows }) => rows.flatMap((one) => one.panels));
  expect(panels.filter(({ title, description }) => title === '' || !description.endsWith('.'))).toEqual([]);
  for (const { uid, rows } of dashboards) {
    const titles = rows.flatMap((one) => one.panels.map(({ title }) => title));
    expect(new Set(titles).size, uid).toBe(titles.length);
  }
});

it('slo.yml and docs/slo.md are those of the list of objectives', async () => {
  const head =
    '# Made from tools/observability/slo.ts: npm run generate:dashboards. What is promised stands in docs/slo.md.\n';
  const text = await format(head + stringify(sloRules(), { lineWidth: 0, aliasDuplicateObjects: false }), {
    parser: 'yaml',
    singleQuote: true,
    printWidth: 110,
  });
  await expect(text).toMatchFileSnapshot(join(rules, 'slo.yml'));
  const rows = objectives.map(({ slo, promise, good, measuredBy, runbook }) =>
    row(
      `\`${slo}\``,
      promise,
      `${Number((good * 100).toFixed(3))} %`,
      measuredBy,
      `[${runbook.replace('.md', '')}](runbooks/${runbook})`,
    ),
  );
  await expectMade('slo.md', [table(['objective', 'promise', 'of 30 days', 'measured by', 'runbook'], rows)]);
});

it('bounds of objectives are buckets', () => {
  for (const { slo, bad } of objectives) {
    const [, name, bound] = /(\w+)_bucket\{.*le=~?"([\d.]+)/.exec(bad('5m')) ?? [];
    const entry = entries.find(([one]) => prometheusName(one) === name)?.[1];
    if (bound !== undefined) expect(entry?.buckets, slo).toContain(Number(bound));
  }
});

it('alerts stand on metrics that there are', () => {
  const known = new Set(
    entries.flatMap(([name, { kind }]) => {
      const shown = prometheusName(name);
      return kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => shown + suffix) : [shown];
    }),
  );
  const named = alerts.flatMap(({ expr }) => expr.match(/\b(odnix|process|nodejs)_[a-z_]+/g) ?? []);
  expect(named.filter((name) => !known.has(name) && !name.startsWith('odnix_slo'))).toEqual([]);
});

it('each alert has a severity and a page that is there, and each page is named by an alert or a metric', () => {
  const wrong = alerts.filter(
    ({ labels, annotations }) =>
      !['page', 'ticket'].includes(labels.severity) || !existsSync(join(root, annotations.runbook)),
  );
  expect(wrong).toEqual([]);
  const named = new Set([
    ...alerts.map(({ annotations }) => annotations.runbook.replace('docs/runbooks/', '')),
    ...entries.map(([, { runbook }]) => runbook),
  ]);
  expect(readdirSync(join(root, 'docs/runbooks')).filter((page) => !named.has(page))).toEqual([]);
});
