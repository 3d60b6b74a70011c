/** `npm run drill`: faults under a workload on this machine, and a report. `--help` says with what. */
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drillCommand, type DrillCommand } from './command-line.js';
import { judge, runDrill, type DrillResult } from './drill.js';
import { chosenFaults } from './layouts/layout.js';
import { startLayout } from './layouts/start-layout.js';
import { markdownReport } from './report.js';

const started = Date.now();
const say = (line: string) =>
  console.log(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const command = drillCommand(process.argv.slice(2));
const results: DrillResult[] = [];
const seeds = command.seeds.length > 0 ? command.seeds : [randomInt(2 ** 31)];
if (command.check !== undefined) results.push(await judge(command.check));
else for (const seed of seeds) results.push(await drillOnce(command, seed));
report(command, seeds, results);
process.exitCode = results.every(({ findings }) => findings.isClean) ? 0 : 1;

async function drillOnce(settings: DrillCommand, seed: number): Promise<DrillResult> {
  const directory = mkdtempSync(join(settings.directory ?? tmpdir(), 'odnix-drill-'));
  // When this runs as root, PostgreSQL's own user must get through.
  chmodSync(directory, 0o711);
  say(`Seed ${seed}; records in ${directory}.`);
  const layout = await startLayout(settings.layout, join(directory, 'data'), settings.postgres_down_ms);
  const order = { rounds: settings.rounds, names: settings.faults };
  try {
    return await runDrill({ ...settings, seed, directory, layout, faults: chosenFaults(layout, order), say });
  } finally {
    await layout.stop();
  }
}

function report(settings: DrillCommand, all: readonly number[], found: readonly DrillResult[]): void {
  const { layout, users, operationsPerSecond } = settings;
  const head = { layout, seeds: all, users, operations_per_second: operationsPerSecond };
  const figures = found.flatMap((result) => result.figures);
  const findings = found.map((result) => result.findings);
  const text = markdownReport(head, figures, findings);
  console.log(`\n${text}`);
  if (settings.report === undefined) return;
  writeFileSync(settings.report, text);
  const counts = findings.map((one) => ({ counts: one.counts(), violations: one.violations }));
  const json = { ...head, figures, checks: counts };
  writeFileSync(settings.report.replace(/\.md$/, '') + '.json', JSON.stringify(json, null, 2));
}
