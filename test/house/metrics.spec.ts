/** docs/metrics.md is made from the code: `npm run generate:metrics`. What it names is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue, prometheusName, type MetricName } from '#observability/catalogue/index.js';
import { apps, type MetricEntry } from '#observability/catalogue/metric.js';
import { expectMade, row, table } from './made-page.js';

const runbooks = join(import.meta.dirname, '../../docs/runbooks');
const entries = Object.entries(catalogue) as [MetricName, MetricEntry][];

it('names end with their units, and counters with none of their own', () => {
  const wrong = entries.filter(
    ([name, { unit }]) =>
      !/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(name) || !name.endsWith(unit === '' ? '' : `.${unit}`),
  );
  expect(wrong.map(([name]) => name)).toEqual([]);
  expect(entries.filter(([name]) => name.endsWith('_total'))).toEqual([]);
});

it('histograms have buckets that rise, and nothing else has any', () => {
  for (const [name, { kind, buckets = [] }] of entries) {
    expect(buckets.length > 0, name).toBe(kind === 'histogram');
    expect(
      buckets.every((bound, index) => index === 0 || bound > buckets[index - 1]!),
      name,
    ).toBe(true);
  }
});

it('runbooks that metrics name are there', () => {
  const named = entries.flatMap(([, { runbook }]) => runbook ?? []);
  expect(named.filter((page) => !existsSync(join(runbooks, page)))).toEqual([]);
});

it('docs/metrics.md shows every metric', async () => {
  const sections = [...apps.map((app) => [app]), [...apps], []].map((told) => sectionOf(told));
  await expectMade(
    'metrics.md',
    sections.filter((section) => section !== ''),
  );
});

/** What exactly these apps tell; what some of them do stands at the first of them. */
function sectionOf(told: readonly string[]): string {
  const own = entries.filter(([, entry]) => titleOf(entry.apps) === titleOf(told));
  if (own.length === 0) return '';
  const rows = own.map(([name, { kind, unit, does, labels, runbook, apps: by }]) =>
    row(
      `\`${prometheusName(name)}\``,
      kind,
      unit === '' ? '–' : unit,
      Object.entries(labels)
        .map(([label, values]) => `\`${label}\`: ${valuesText(values)}`)
        .join('<br>') || 'none',
      does + (by.length > 1 && by.length < apps.length ? ` (${by.join(', ')})` : ''),
      runbook === undefined ? '–' : `[${runbook.replace('.md', '')}](runbooks/${runbook})`,
    ),
  );
  const head = ['metric', 'type', 'unit', 'labels', 'meaning', 'runbook'];
  return `## ${titleOf(told)}

${table(head, rows)}`;
}

const titleOf = (told: readonly string[]): string =>
  told.length === apps.length ? 'Every process' : (told[0] ?? 'Where jobs are run');

const valuesText = (values: readonly string[] | string): string =>
  typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(', ');
