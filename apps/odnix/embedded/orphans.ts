/**
 * Finds and stops servers that an earlier run left behind when it was killed. A process is ours when its own command
 * line names our file, or when it works in our directory (which may have been moved since): a process id in a file proves
 * nothing, since ids are used again.
 *
 * Call it only while holding the data directory's lock: then no living Odnix owns what is found.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const orphan_stop_ms = 5_000;
const poll_ms = 20;

export interface OrphanMark {
  /** The program's file name. */
  program: string;
  /** An argument that only a server on our directory is started with. */
  argument: string;
  /** Where the server works. */
  directory: string;
  stopSignal: NodeJS.Signals;
}

/** Resolves when none is left; answers the process ids it stopped. Throws if one belongs to another user. */
export async function stopOrphans(mark: OrphanMark): Promise<number[]> {
  const orphans = findOrphans(mark);
  for (const pid of orphans) signal(pid, mark.stopSignal, mark);
  const deadline = Date.now() + orphan_stop_ms;
  while (findOrphans(mark).length > 0 && Date.now() < deadline) await pause(poll_ms);
  for (const pid of findOrphans(mark)) signal(pid, 'SIGKILL', mark);
  while (findOrphans(mark).length > 0) await pause(poll_ms);
  return orphans;
}

interface Process {
  pid: number;
  argv: string[];
  directory?: string;
}

function findOrphans({ program, argument, directory }: OrphanMark): number[] {
  const processes = existsSync('/proc/self/cmdline') ? processesFromProc() : processesFromPs();
  return processes
    .filter(({ argv }) => basename(argv[0] ?? '').startsWith(program))
    .filter((found) => found.argv.includes(argument) || found.directory === directory)
    .map(({ pid }) => pid);
}

function processesFromProc(): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({
      pid: Number(pid),
      argv: commandLine(pid).split('\0'),
      directory: workingDirectory(pid),
    }));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended between the listing and the reading.
  }
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // Ended, or another user's.
  }
}

function processesFromPs(): Process[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [pid = '', ...argv] = line.trim().split(' ');
    return { pid: Number(pid), argv };
  });
}

function signal(pid: number, name: NodeJS.Signals, mark: OrphanMark): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new Error(
      `${mark.program} (process ${pid}) still runs on ${mark.argument} and belongs to another user: stop it first.`,
      { cause: error },
    );
  }
}
