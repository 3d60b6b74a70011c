/** A short run of what matters most, as ratios to floors of the same run, against the committed ones. By hand, before a release. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchDirect } from '../direct/bench.js';
import { benchGroup } from '../group/bench.js';
import { figure, shown, type Outcome } from '../support/outcome.js';
import { compared, isGood, type Ratios } from './compare.js';

export interface GuardBench {
  readonly seconds: number;
  /** What was measured is the baseline from now on. */
  readonly write?: boolean;
}

const baseline = join(import.meta.dirname, '../baseline.json');
const system = { layout: 'single', streams: 4, drivers: 1 } as const;
const pairs = 50;
const members = 100;

export async function benchGuard(
  { seconds, write }: GuardBench,
  say: (line: string) => void,
): Promise<Outcome> {
  const outcomes = [
    await benchDirect({ ...system, durability: 'strict', pairs, seconds }, say),
    await benchDirect({ ...system, durability: 'replicated', pairs, seconds }, say),
    await benchGroup({ ...system, durability: 'replicated', members, groups: 1, seconds }, say),
  ];
  const now = ratiosOf(outcomes);
  if (write) writeFileSync(baseline, `${JSON.stringify(now, null, 2)}\n`);
  const before = JSON.parse(readFileSync(baseline, 'utf8')) as Ratios;
  const all = compared(before, now);
  if (!all.every(isGood)) process.exitCode = 1;
  return {
    scenario: 'guard',
    settings: { ...system, pairs, members, seconds },
    figures: [
      figure(
        'ratios that are less than half of the baseline’s',
        all.filter((one) => !isGood(one)).length,
        '',
        { at_most: 0 },
      ),
    ],
    parts: [
      {
        head: ['ratio', 'baseline', 'now', ''],
        rows: all.map((one) => [one.name, shown(one.before), shown(one.now), one.verdict]),
      },
    ],
  };
}

function ratiosOf(outcomes: readonly Outcome[]): Ratios {
  const named = outcomes.flatMap(({ scenario, settings, figures }) =>
    figures
      .filter(({ name }) => /of raw appends$|of the bare relay$/.test(name))
      .map(
        ({ name, value }) =>
          [`${scenario}, ${settings['durability']}: ${name}`, Number(value.toPrecision(3))] as const,
      ),
  );
  return Object.fromEntries(named);
}
