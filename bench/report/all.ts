/** Every scenario in a process of its own, and the report of all of them. One that fails is told, and the others run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, isEnding } from '../support/clean-up.js';
import type { Recorded } from '../support/options.js';
import { makeCapacity } from '../capacity/bench.js';
import { reportOf } from './render.js';
import { runs, type Run } from './runs.js';
import { svgOf } from './svg.js';

export interface AllBench {
  /** Where each scenario's figures are kept. */
  readonly results: string;
  readonly docs: string;
  /** Names of runs; all unless given. */
  readonly only?: readonly string[];
  /** Nothing is run: the report is made of what is in `results`. */
  readonly reportOnly?: boolean;
  /** What is there already is not run again. */
  readonly goOn?: boolean;
  readonly quick?: boolean;
}

export async function benchAll(settings: AllBench, say: (line: string) => void): Promise<void> {
  const { results, only, reportOnly, goOn } = settings;
  mkdirSync(results, { recursive: true });
  const chosen = runs.filter(({ name }) => only?.includes(name) ?? true);
  for (const run of reportOnly ? [] : chosen) {
    if (goOn && existsSync(fileOf(results, run))) continue;
    say(run.title);
    const code = await carriedOut(run, settings);
    if (isEnding()) return;
    if (code === 0) continue;
    say(`${run.name} has failed (${code}); the others go on`);
    process.exitCode = 1;
  }
  report(settings);
  if (!settings.quick) say(makeCapacity(settings));
  say(`the report is in ${join(settings.docs, 'performance.md')}`);
}

async function carriedOut(run: Run, { results, quick }: AllBench): Promise<number | null> {
  const main = join(import.meta.dirname, '../main.ts');
  const args = [...run.args, ...(quick ? run.quick : []), '--json', fileOf(results, run)];
  const child = spawn(process.execPath, [...process.execArgv, main, ...args], { stdio: 'inherit' });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
  });
  const [code] = await exited;
  await end();
  return code;
}

function report({ results, docs }: AllBench): void {
  const parts = runs.map((run) => {
    const file = fileOf(results, run);
    const recorded = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : undefined;
    return { name: run.name, title: run.title, recorded };
  });
  const images = join(docs, 'images');
  mkdirSync(images, { recursive: true });
  for (const { recorded } of parts)
    for (const plot of recorded?.plots ?? []) writeFileSync(join(images, `${plot.name}.svg`), svgOf(plot));
  const page = join(docs, 'performance.md');
  writeFileSync(page, reportOf(parts, existsSync(page) ? readFileSync(page, 'utf8') : undefined));
}

const fileOf = (results: string, { name }: Run): string => join(results, `${name}.json`);
