/**
 * One directory for everything that a test run writes, and the promise that it and every process working on it are gone
 * when the run is over, also for a spec that failed before it could stop its own.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    runDirectory: string;
    natsUrl: string;
    databaseUrl: string;
  }
}

/** By the global set-up alone. */
export function makeRunDirectory(): string {
  return passable(mkdtempSync(join(tmpdir(), 'odnix-test-')));
}

/** A new directory of this run, for one test's files. */
export function freshDirectory(runDirectory = inject('runDirectory')): string {
  return passable(mkdtempSync(join(runDirectory, 'd-')));
}

export function removeRunDirectory(runDirectory: string): void {
  for (const pid of processesNaming(runDirectory)) killIfAlive(pid);
  rmSync(runDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Ids of the processes whose command line names the directory. Empty where there is no /proc. */
export function processesNaming(directory: string): number[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => commandLine(pid).includes(directory))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** When the tests run as root, PostgreSQL's own user must get through. */
function passable(directory: string): string {
  chmodSync(directory, 0o711);
  return directory;
}
