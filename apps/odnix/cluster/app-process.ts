/** One of Odnix's apps as a process of its own, with its log and its diagnostics in a directory of its own. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeOptionsOf } from '#process/node-options.js';
import { Child, logTail } from '../embedded/child-process.js';
import { stopOrphans } from '../embedded/orphans.js';
import type { RunningProcess } from './member.js';

const poll_ms = 25;

export interface AppProcessOptions {
  /** Of the built apps: each has its own below it. */
  programs: string;
  /** The folder's name in `apps`. */
  app: string;
  /** Below that folder; `main.js` by default. */
  main?: string;
  args?: readonly string[];
  /** Nobody else's; created when missing. */
  directory: string;
  env: NodeJS.ProcessEnv;
}

/** Resolves when the process exists; it is ready when it has said so. */
export async function startApp(options: AppProcessOptions): Promise<RunningProcess> {
  const { child, logFile } = await launch(options);
  const ready = untilReady(child, options.app, logFile);
  ready.catch(() => undefined); // It may end before anybody waits.
  const { pid, exited } = child;
  return { pid, ready, exited, stop: () => child.stop(), kill: () => child.kill() };
}

/** One that does its work and ends; stopped when told so. Throws, with what it said, when it fails. */
export async function runApp(options: AppProcessOptions, until: AbortSignal): Promise<void> {
  const { child, logFile } = await launch(options);
  const stop = (): void => void child.stop();
  until.addEventListener('abort', stop, { once: true });
  if (until.aborted) stop();
  await child.exited;
  until.removeEventListener('abort', stop);
  if (child.exitCode !== 0) throw failure(options.app, logFile);
}

/** Stops what a launcher that was killed has left in this directory. */
export async function stopOrphanedApp(directory: string): Promise<void> {
  await stopOrphans({ program: 'node', argument: markOf(directory), directory, stopSignal: 'SIGKILL' });
}

async function launch(options: AppProcessOptions): Promise<{ child: Child; logFile: string }> {
  const { programs, app, main = 'main.js', args = [], directory, env } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const logFile = join(directory, `${app}.log`);
  const child = await Child.start({
    program: process.execPath,
    args: [markOf(directory), ...nodeOptionsOf(app), join(programs, app, main), ...args],
    directory,
    logFile,
    stopSignal: 'SIGTERM',
    hardStopSignal: 'SIGKILL',
    env,
  });
  return { child, logFile };
}

/** A harmless option of Node's own, by which an orphan is known. */
function markOf(directory: string): string {
  return `--diagnostic-dir=${directory}`;
}

async function untilReady(child: Child, app: string, logFile: string): Promise<void> {
  const said = (): string => readFileSync(logFile).subarray(child.logStart).toString();
  const isReady = new RegExp(`^${app} ready \\{`, 'm');
  while (!isReady.test(said())) {
    if (child.hasExited) throw failure(app, logFile);
    await pause(poll_ms);
  }
}

function failure(app: string, logFile: string): Error {
  return new Error(`${app} ended; ${logFile} ends:\n${logTail(logFile)}`);
}
