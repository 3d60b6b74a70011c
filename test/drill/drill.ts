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
import type { Step } from './faults/plan.js';
import type { Layout } from './layouts/layout.js';
import { measureRun, type RunFigures } from './measure/measure-run.js';
import type { FaultRecord } from './records.js';
import { Tally } from './tally.js';
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
  readonly times: Pick<DrillTimes, 'steady_ms'>;
  /** As they come. */
  readonly steps: Iterable<Step>;
  /** No fault begins later; absent: the steps end by themselves. */
  readonly faults_ms_max?: number;
  readonly say: (line: string) => void;
}

export interface DrillResult {
  readonly findings: Findings;
  readonly figures: RunFigures;
}

/** What is under way when the workload ends has so long to be answered; what takes longer is given up as unknown. */
const patience_ms = 90_000;
const rest_timeout_ms = 120_000;
const tell_interval_ms = 10_000;

export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const { layout, directory, say } = options;
  mkdirSync(directory, { recursive: true });
  const journal = new FileJournal(join(directory, 'records'));
  const absences = true;
  const workload = new Workload({
    ...options,
    absences,
    baseUrl: layout.url,
    servers: layout.servers,
    journal,
  });
  const progress = new Tally(journal);
  const telling = setInterval(() => say(progress.line()), tell_interval_ms);
  try {
    await workload.begin();
    say(`${workload.actors.length} raw devices and ${workload.sdkActors.length} SDK devices are connected.`);
    workload.start();
    await pause(options.times.steady_ms);
    await carryOutAll(options, journal);
    say('Coming to rest.');
    await workload.pause(patience_ms);
    const { actors, sdkActors } = workload;
    // What is stuck is a finding; the records up to there are looked at all the same.
    await comeToRest({ actors, sdkActors, journal, timeout_ms: rest_timeout_ms }).catch((error: Error) =>
      say(error.message),
    );
  } catch (error) {
    clearInterval(telling);
    throw error;
  } finally {
    await workload.end();
    journal.close();
  }
  say('Checking.');
  return judge(directory).finally(() => clearInterval(telling));
}

/** Of the records in a directory, those of a run long ago as well. */
export async function judge(directory: string): Promise<DrillResult> {
  const run = runInFiles(join(directory, 'records'));
  return { findings: await checkRun(run), figures: await measureRun(run) };
}

async function carryOutAll(options: DrillOptions, journal: FileJournal): Promise<void> {
  const { steps, faults_ms_max = Infinity } = options;
  const endMs = journal.nowMs() + faults_ms_max;
  for (const step of steps) {
    if (journal.nowMs() >= endMs) return;
    await carryOut(step, options.say, journal);
  }
}

async function carryOut(
  { fault, round, hold_ms, after_ms }: Step,
  say: DrillOptions['say'],
  journal: FileJournal,
): Promise<void> {
  const { name, kind: fault_kind } = fault;
  const record = (phase: FaultRecord['phase'], detail?: string) =>
    journal.write({
      kind: 'fault',
      name,
      fault_kind,
      round,
      at_ms: journal.nowMs(),
      phase,
      ...(detail === undefined ? {} : { detail }),
    });
  record('begin');
  const detail = (await fault.begin()) ?? undefined;
  say(`${name}${detail === undefined ? '' : ` (${detail})`}, for ${hold_ms} ms.`);
  record('down', detail);
  await pause(hold_ms);
  record('starting');
  await fault.end();
  record('up');
  await pause(after_ms);
  record('settled');
}
