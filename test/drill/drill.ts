/**
 * A drill: a steady workload, faults one after the other, and then the question whether anything is lost, doubled, out of
 * order or different from device to device. The records stay in `directory`.
 */
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { checkRun } from './checker/check-run.js';
import type { Findings } from './checker/findings.js';
import { FileJournal, runInFiles } from './journal.js';
import type { Fault, Layout } from './layouts/layout.js';
import { measureRun } from './measure/measure-run.js';
import type { FaultFigures } from './measure/window-figures.js';
import type { FaultRecord } from './records.js';
import { comeToRest } from './workload/rest.js';
import { Workload } from './workload/workload.js';

export interface DrillTimes {
  /** Before the first fault: what the workload costs by itself. */
  readonly steady_ms: number;
  /** What was taken away stays away so long. */
  readonly down_ms: number;
  /** After it is back, until the next. */
  readonly after_ms: number;
}

export interface DrillOptions {
  readonly layout: Layout;
  readonly directory: string;
  readonly seed: number;
  readonly users: number;
  readonly operationsPerSecond: number;
  readonly times: DrillTimes;
  /** In this order. */
  readonly faults: readonly { readonly fault: Fault; readonly round: number }[];
  readonly say: (line: string) => void;
}

export interface DrillResult {
  readonly findings: Findings;
  readonly figures: readonly FaultFigures[];
}

/** What is under way when the workload ends has so long to be answered; what takes longer is given up as unknown. */
const patience_ms = 90_000;
const rest_timeout_ms = 120_000;

export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { layout, directory, say } = options;
  mkdirSync(directory, { recursive: true });
  const journal = new FileJournal(join(directory, 'records'));
  const workload = new Workload({ ...options, baseUrl: layout.url, servers: layout.servers, journal });
  try {
    await workload.begin();
    say(`${workload.actors.length} raw devices and ${workload.sdkActors.length} SDK devices are connected.`);
    workload.start();
    await pause(options.times.steady_ms);
    for (const { fault, round } of options.faults) await carryOut(fault, round, options, journal);
    await workload.pause(patience_ms);
    say('Coming to rest.');
    const { actors, sdkActors } = workload;
    // What is stuck is a finding; the records up to there are looked at all the same.
    await comeToRest({ actors, sdkActors, journal, timeout_ms: rest_timeout_ms }).catch((error: Error) =>
      say(error.message),
    );
  } finally {
    await workload.end();
    journal.close();
  }
  return judge(directory);
}

/** Of the records in a directory, those of a run long ago as well. */
export async function judge(directory: string): Promise<DrillResult> {
  const run = runInFiles(join(directory, 'records'));
  return { findings: await checkRun(run), figures: await measureRun(run) };
}

async function carryOut(
  fault: Fault,
  round: number,
  { times, say }: DrillOptions,
  journal: FileJournal,
): Promise<void> {
  const { name } = fault;
  const record = (phase: FaultRecord['phase']) =>
    journal.write({ kind: 'fault', name, round, at_ms: journal.nowMs(), phase });
  say(`Round ${round}: ${name}.`);
  record('begin');
  await fault.begin();
  record('down');
  await pause(fault.down_ms ?? times.down_ms);
  record('starting');
  await fault.end();
  record('up');
  await pause(times.after_ms);
  record('settled');
}
