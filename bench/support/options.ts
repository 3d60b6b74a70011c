/** What the scenarios' command lines have in common, and where their outcomes go. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { layouts } from './layouts.js';
import { markdownOf, type Outcome, type Written } from './outcome.js';
import { durabilities } from './servers.js';

const started = Date.now();
const loadBefore = loadavg()[0]!;

export interface Reported {
  readonly report?: string;
  readonly json?: string;
}

/** What `--json` writes. */
export interface Recorded extends Outcome {
  readonly at: string;
  readonly cores: number;
  readonly node: string;
  readonly load_before: number;
  readonly took_s: number;
}

export const say = (line: string): void =>
  console.log(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

export const reported = (command: Command): Command =>
  command
    .option('--report <file.md>', 'where the report is written as well')
    .option('--json <file>', 'where the figures are written');

/** Of scenarios on the whole system, laid out as they have it. */
export const durable = (command: Command): Command =>
  command.addOption(
    new Option(
      '--durability <kind>',
      'strict: NATS syncs every message before it acknowledges; replicated: it does not',
    )
      .choices(durabilities)
      .default('strict'),
  );

/** Of scenarios on the whole system, however it is laid out. */
export const laidOut = (command: Command, layout: (typeof layouts)[number] = 'single'): Command =>
  durable(command)
    .addOption(
      new Option(
        '--layout <layout>',
        'single: one process; apps: a process an app; cluster: two of most apps, three NATS nodes',
      )
        .choices(layouts)
        .default(layout),
    )
    .option('--streams <number>', 'of each family', count, 4);

/** Of scenarios in which people chat. */
export const driven = (command: Command): Command =>
  command
    .option('--seconds <number>', 'of each part; there are eleven or so', count, 10)
    .option('--drivers <number>', 'processes that make the load', count, 1)
    .option('--profile <directory>', 'where a CPU profile of each app is written, of one more closed loop');

export async function told(work: Promise<Outcome>, { report, json }: Reported): Promise<void> {
  const outcome = await work;
  const took_s = Math.round((Date.now() - started) / 1_000);
  const cores = availableParallelism();
  const machine = { at: new Date().toISOString(), cores, node: process.version };
  const head = `All of it, clients included, on one machine of ${cores} cores; load before: ${loadBefore.toFixed(1)}.`;
  const text = `${head}\n\n${markdownOf(outcome)}\n`;
  console.log(`\n${text}`);
  if (report !== undefined) writeFileSync(report, text);
  const recorded: Recorded = { ...outcome, ...machine, load_before: loadBefore, took_s };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(recorded, null, 2)}\n`);
}

/** Of a scenario whose report is written by itself. */
export async function written(
  scenario: string,
  work: Promise<string | Written>,
  { report, json, ...settings }: Reported & object,
): Promise<void> {
  const plain = Object.entries(settings as Record<string, unknown>).map(([name, value]) => [
    name,
    String(value),
  ]);
  const outcome = work.then((said) => ({
    scenario,
    settings: Object.fromEntries(plain) as Record<string, string>,
    figures: typeof said === 'string' ? [] : said.figures,
    parts: [typeof said === 'string' ? said : said.markdown],
  }));
  await told(outcome, { ...(report && { report }), ...(json && { json }) });
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number.');
  return Number(text);
}
