/** `npm run drill` and `npm run test:faults`: faults under a workload on this machine, and a report. `--help` says with what. */
import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StopRequest } from '#process/stop-request.js';
import { drillCommand, type DrillCommand } from './command-line.js';
import { judge, runDrill, type DrillResult } from './drill.js';
import { chosenFaults, stepsByChance, stepsInTurn } from './faults/plan.js';
import type { Layout } from './layouts/layout.js';
import { startLayout } from './layouts/start-layout.js';
import { randomOf } from '../support/random.js';
import { markdownReport } from './report.js';

const started = Date.now();
const say = (line: string) =>
  console.log(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

/** A system that is being taken down is stopped all the same, and that takes its time. */
const stop_ms_max = 60_000;
const stopRequest = new StopRequest(stop_ms_max);
const machine = { cores: availableParallelism(), load_before: Math.round(loadavg()[0]! * 10) / 10 };

const command = drillCommand(process.argv.slice(2));
const results: DrillResult[] = [];
const seeds = command.seeds.length > 0 ? command.seeds : [randomInt(2 ** 31)];
if (command.check !== undefined) results.push(await judge(command.check));
else for (const seed of seeds) results.push(await drillOnce(command, seed));
report(command, seeds, results);
process.exit(results.every(({ findings }) => findings.isClean) ? 0 : 1);

async function drillOnce(settings: DrillCommand, seed: number): Promise<DrillResult> {
  const above = settings.directory ?? tmpdir();
  mkdirSync(above, { recursive: true });
  const directory = mkdtempSync(join(above, 'odnix-drill-'));
  // When this runs as root, PostgreSQL's own user must get through.
  chmodSync(directory, 0o711);
  const data = join(directory, 'data');
  say(`Seed ${seed}; records in ${directory}.`);
  const { layout: kind, postgres_down_ms, minutes } = settings;
  const layout = await startLayout(kind, data, {
    postgres_down_ms,
    chance: randomOf(seed + 1),
    hasSmallDisks: minutes !== undefined || settings.faults.includes('fill disk'),
    signal: stopRequest.signal,
    say,
  });
  let result: DrillResult | undefined;
  try {
    const drill = runDrill({ ...settings, ...planned(settings, layout, seed), seed, directory, layout, say });
    result = await Promise.race([drill, stopRequest.made]);
  } finally {
    await layout.stop();
  }
  if (result?.findings.isClean === false) {
    say(`Seed ${seed} found something: its records stay in ${directory}.`);
    return result;
  }
  rmSync(settings.directory === undefined ? directory : data, { recursive: true, force: true });
  return result ?? process.exit(1);
}

function planned({ faults: names, rounds, minutes, times }: DrillCommand, layout: Layout, seed: number) {
  if (minutes === undefined) {
    return { steps: stepsInTurn(chosenFaults(layout.faults, names), rounds, times) };
  }
  const faults = names === 'each' ? layout.faults : chosenFaults(layout.faults, names);
  return { steps: stepsByChance(faults, randomOf(seed)), faults_ms_max: minutes * 60_000 };
}

function report(settings: DrillCommand, all: readonly number[], found: readonly DrillResult[]): void {
  const { layout, users, operationsPerSecond, minutes } = settings;
  const head = {
    ...(minutes === undefined ? {} : { minutes }),
    layout,
    seeds: all,
    users,
    operations_per_second: operationsPerSecond,
    ...machine,
  };
  const figures = found.map((result) => result.figures);
  const findings = found.map((result) => result.findings);
  const text = markdownReport(head, figures, findings);
  console.log(`\n${text}`);
  if (settings.report === undefined) return;
  writeFileSync(settings.report, text);
  const counts = findings.map((one) => ({ counts: one.counts(), violations: one.violations }));
  const json = { ...head, figures, checks: counts };
  writeFileSync(settings.report.replace(/\.md$/, '') + '.json', JSON.stringify(json, null, 2));
}
