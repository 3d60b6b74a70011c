/** The built program with everything visible that starting and stopping are about: output, group, family, sockets. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { nodeOptionsOf } from '#process/node-options.js';
import { builtProgram } from './built.js';

/** It ends itself long before, whatever it waits for. */
const stop_ms_max = 60_000;
const shown_characters_max = 4_000;

export interface LaunchOptions {
  /** Below `dist/apps`; by default that of `npm start`. */
  program?: string | undefined;
  args?: string[];
  env?: Record<string, string>;
  identity?: { uid: number; gid: number };
  /** What it writes, as it comes. */
  hear?: (text: string) => void;
}

export class LaunchedOdnix {
  output = '';
  readonly pid: number;
  readonly exited: Promise<number | null>;

  /** In a process group of its own, as a shell would start it. */
  constructor({ program = 'odnix/main.js', args = [], env = {}, identity, hear }: LaunchOptions = {}) {
    const argv = [...nodeOptionsOf(dirname(program)), builtProgram(program), ...args];
    const child: ChildProcess = spawn(process.execPath, argv, {
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...identity,
    });
    this.pid = child.pid ?? 0;
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (text: Buffer) => {
        this.output += text.toString();
        hear?.(text.toString());
      });
    }
    this.exited = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }

  /** The URL it prints when it is ready. Throws with its output if it ends before. */
  async url(): Promise<string> {
    let over = false;
    void this.exited.then(() => (over = true));
    for (;;) {
      const url = /runs at (\S+)/.exec(this.output)?.[1];
      if (url !== undefined) return url;
      if (over) throw new Error(`It ended:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /**
   * SIGTERM, unless it has ended. Resolves with the exit code; one that does not end is killed, and what it said and what its
   * threads are at is thrown.
   */
  async stop(): Promise<number | null> {
    if (isAlive(this.pid)) this.signal('SIGTERM');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.stillThere()), stop_ms_max);
    });
    return Promise.race([this.exited, late]).finally(() => clearTimeout(timer));
  }

  private stillThere(): Error {
    const threads = threadsOf(this.pid);
    this.signal('SIGKILL');
    const tail = this.output.slice(-shown_characters_max);
    return new Error(
      `It did not end within ${stop_ms_max} ms.\n${threads.join('\n')}\nIt said last:\n${tail}`,
    );
  }

  /** To its whole process group, as a terminal does. */
  signal(name: NodeJS.Signals): void {
    process.kill(-this.pid, name);
  }

  family(): number[] {
    return familyOf(this.pid);
  }
}

/** The process itself and everything below it. */
export function familyOf(ancestor: number): number[] {
  const parents = new Map(livingProcesses().map((pid) => [pid, parentOf(pid)]));
  const family = [ancestor];
  for (const pid of family) {
    for (const [child, parent] of parents) if (parent === pid) family.push(child);
  }
  return family;
}

export function isAlive(pid: number): boolean {
  const state = stat(pid)?.[0];
  return state !== undefined && state !== 'Z';
}

/** Local addresses, as /proc/net writes them, that the processes listen on. */
export function listeningAddresses(pids: number[]): string[] {
  const inodes = new Set(pids.flatMap(socketInodes));
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode ?? ''))
    .map(([, local]) => local?.split(':')[0] ?? '');
}

/** Each with what it is called, whether it runs or sleeps, and where in the kernel. */
function threadsOf(pid: number): string[] {
  const read = (file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8').trim();
    } catch {
      return '?';
    }
  };
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const [state] = stat(Number(thread)) ?? ['?'];
    return `thread ${thread}: ${read(`task/${thread}/comm`)} ${state} ${read(`task/${thread}/wchan`)}`;
  });
}

function livingProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(stat(pid)?.[1] ?? 0);
}

/** State, parent, ... : the fields after the program's name, which may itself hold spaces. */
function stat(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}

function socketInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}
