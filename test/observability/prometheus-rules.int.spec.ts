/**
 * Rules and configuration as Prometheus' own tool sees them, and its unit tests of every alert: what fires, when, with which words.
 *
 * Seen failing: with a threshold changed, with a `for` made longer, with a name of the annotation's page changed.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { needProgram } from '../../tools/observability/programs.js';

const directory = join(import.meta.dirname, '../../observability/prometheus');
const tests = globSync(join(directory, 'tests/*.yml'));

/** Throws what it says when it finds anything wrong. */
const promtool = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(needProgram('promtool'), args, { encoding: 'utf8' })).stdout;

test('the configuration with its rules is accepted', async () => {
  const said = await promtool('check', 'config', '--lint-fatal', join(directory, 'prometheus.yml'));
  expect(said).toContain('2 rule files found');
});

test('alerts fire when they should', async () => {
  expect(await promtool('test', 'rules', ...tests)).toContain('SUCCESS');
});

test('every alert is tried, firing', () => {
  const read = (file: string) => parse(readFileSync(file, 'utf8')) as any;
  const alerts = globSync(join(directory, 'rules/alerts.yml')).flatMap((file) =>
    read(file).groups.flatMap(({ rules }: any) => rules.map(({ alert }: any) => alert as string)),
  );
  const fired = tests.flatMap((file) =>
    read(file).tests.flatMap((one: any) =>
      (one.alert_rule_test ?? []).flatMap(({ alertname, exp_alerts }: any) =>
        exp_alerts.length > 0 ? [alertname as string] : [],
      ),
    ),
  );
  expect(alerts.filter((alert) => !fired.includes(alert))).toEqual([]);
});
