/** What `npm run drill` takes. */
import { Command, InvalidArgumentError } from 'commander';
import type { DrillTimes } from './drill.js';

export interface DrillCommand {
  readonly layout: 'single' | 'cluster';
  /** Empty: one, by chance. */
  readonly seeds: readonly number[];
  /** Faults by chance until so much time is over; absent: in turn. */
  readonly minutes?: number;
  readonly rounds: number;
  /** `each`, or names of faults and of kinds. */
  readonly faults: 'each' | readonly string[];
  readonly times: DrillTimes;
  readonly postgres_down_ms: number;
  readonly users: number;
  readonly operationsPerSecond: number;
  readonly directory?: string;
  readonly report?: string;
  /** Judge this directory's records instead of running anything. */
  readonly check?: string;
}

export function drillCommand(args: readonly string[]): DrillCommand {
  const command = new Command('drill')
    .description(
      'Does to a system under a steady workload what happens to systems, in turn or by chance, and checks that nothing is wrong.',
    )
    .option('--layout <name>', 'single or cluster', 'cluster')
    .option('--seed <number...>', 'of workload and faults; several: a run each', collected, [])
    .option('--minutes <number>', 'of faults by chance, instead of faults in turn', positive)
    .option('--rounds <number>', 'of all faults in turn', positive, 1)
    .option('--faults <names>', '"each", or names and kinds of faults separated by commas', 'each')
    .option('--steady-s <seconds>', 'before the first fault', positive, 10)
    .option('--down-s <seconds>', 'that what was taken away stays away', positive, 8)
    .option('--after-s <seconds>', 'until the next fault', positive, 8)
    .option('--postgres-down-s <seconds>', 'that Postgres stays away', positive, 60)
    .option('--users <number>', 'with two or three devices each', positive, 6)
    .option('--rate <number>', 'operations a second, of all together', positive, 40)
    .option(
      '--directory <path>',
      'below which records are kept; without it only those of a run that found something',
    )
    .option('--report <file.md>', 'where the report is written, and beside it the same as JSON')
    .option('--check <directory>', 'looks at the records of an earlier run, and runs nothing')
    .parse([...args], { from: 'user' });
  const given = command.opts<Record<string, never>>();
  const number = (name: string): number => Number(given[name]);
  const optional = (name: string) => (given[name] === undefined ? {} : { [name]: given[name] });
  return {
    layout: String(given['layout']) === 'single' ? 'single' : 'cluster',
    seeds: given['seed'] ?? [],
    rounds: number('rounds'),
    faults: String(given['faults']) === 'each' ? 'each' : String(given['faults']).split(','),
    times: {
      steady_ms: number('steadyS') * 1_000,
      down_ms: number('downS') * 1_000,
      after_ms: number('afterS') * 1_000,
    },
    postgres_down_ms: number('postgresDownS') * 1_000,
    users: number('users'),
    operationsPerSecond: number('rate'),
    ...optional('minutes'),
    ...optional('directory'),
    ...optional('report'),
    ...optional('check'),
  };
}

const collected = (text: string, before: readonly number[]): number[] => [...before, positive(text)];

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above 0.');
  return value;
}
