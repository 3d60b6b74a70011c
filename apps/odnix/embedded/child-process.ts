/**
 * A server that Odnix runs as its child. It gets a session of its own, so that Ctrl-C in a terminal reaches Odnix
 * alone and the children are stopped in order; its output goes to a log file that is kept below a size.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';

const log_bytes_max = 10_000_000;
const log_tail_lines_max = 8;
const stop_ms = 4_000;
const stop_hard_ms = 1_000;

/** Whom a child runs as; absent: as ourselves. */
export interface Identity {
  uid: number;
  gid: number;
}

export interface ChildSpec {
  program: string;
  args: string[];
  directory: string;
  logFile: string;
  /** The polite way to stop it, then what to send when that took too long; SIGKILL comes last. */
  stopSignal: NodeJS.Signals;
  hardStopSignal: NodeJS.Signals;
  identity?: Identity | undefined;
  /** By default ours. */
  env?: NodeJS.ProcessEnv;
}

const running = new Set<Child>();

export class Child {
  readonly pid: number;
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<void>;
  hasExited = false;
  /** Null while it runs, and when a signal ended it. */
  exitCode: number | null = null;

  private constructor(
    private readonly spec: ChildSpec,
    child: ChildProcess,
    pid: number,
    /** Where in the log file what this process says begins. */
    readonly logStart: number,
  ) {
    this.pid = pid;
    this.exited = new Promise((resolve) =>
      child.once('exit', (code) => {
        this.hasExited = true;
        this.exitCode = code;
        running.delete(this);
        resolve();
      }),
    );
    running.add(this);
  }

  static async start(spec: ChildSpec): Promise<Child> {
    rotateLog(spec.logFile);
    const log = openSync(spec.logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    try {
      const child = spawn(spec.program, spec.args, {
        cwd: spec.directory,
        detached: true,
        stdio: ['ignore', log, log],
        ...spec.identity,
        ...(spec.env && { env: spec.env }),
      });
      const pid = child.pid;
      const failed = new Promise<never>((_, reject) => child.once('error', reject));
      if (pid === undefined) return await failed;
      failed.catch(() => undefined);
      return new Child(spec, child, pid, logStart);
    } finally {
      closeSync(log);
    }
  }

  async stop(): Promise<void> {
    for (const [signal, wait_ms] of [
      [this.spec.stopSignal, stop_ms],
      [this.spec.hardStopSignal, stop_hard_ms],
    ] as const) {
      if (this.hasExited) return;
      this.signal(signal);
      if (await happensWithin(this.exited, wait_ms)) return;
    }
    await this.kill();
  }

  /** SIGKILL, as a power cut would: for tests of recovery and as the last resort. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Asks without waiting: all that can be done while our own process is exiting. */
  requestStop(): void {
    this.signal(this.spec.hardStopSignal);
  }

  /** With it goes what it has started and not set apart: its group is its own. */
  private signal(signal: NodeJS.Signals): void {
    if (this.hasExited) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // It has just gone, and nobody has told us yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The end of a log, to stand in an error message. */
export function logTail(logFile: string): string {
  if (!existsSync(logFile)) return '(its log is empty)';
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  return lines
    .slice(-log_tail_lines_max)
    .map((line) => `  | ${line}`)
    .join('\n');
}

export async function happensWithin(event: Promise<unknown>, wait_ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), wait_ms)));
  try {
    return await Promise.race([event.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function rotateLog(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > log_bytes_max) {
    renameSync(logFile, `${logFile}.previous`);
  }
}

// However our process ends (short of SIGKILL, which the next start cleans up after), no child outlives it.
process.on('exit', () => {
  for (const child of running) child.requestStop();
});
