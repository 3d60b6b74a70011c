/** What the probes in the measured apps tell (probe.mjs), and CPU profiles made by them. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { selfTimes, type SelfTime } from './self-times.js';

const poll_ms = 50;
const written_ms_max = 30_000;

export interface ProbeLine {
  readonly at_ms: number;
  /** The part of the second in which the event loop did something. */
  readonly busy: number;
  readonly delay_p99_ms: number;
  readonly delay_max_ms: number;
  readonly heap_mb: number;
  readonly external_mb: number;
  /** What keeps the process alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}

export interface Probed {
  readonly name: string;
  readonly pid: number;
}

export interface Profile {
  readonly name: string;
  readonly file: string;
  readonly largest: readonly SelfTime[];
}

export class Probes {
  constructor(private readonly directory: string) {}

  /** For an app's environment. */
  get environment(): Record<string, string> {
    const hook = join(import.meta.dirname, 'probe.mjs');
    return { BENCH_PROBES: this.directory, NODE_OPTIONS: `--import=${hook}` };
  }

  lines(pid: number, fromMs = 0, toMs = Number.POSITIVE_INFINITY): ProbeLine[] {
    const file = join(this.directory, `${pid}.jsonl`);
    if (!existsSync(file)) return [];
    const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const all = whole.map((line) => JSON.parse(line) as ProbeLine);
    return all.filter(({ at_ms }) => at_ms >= fromMs && at_ms <= toMs);
  }

  /** A CPU profile of each while the work is done, in the directory, named after the app. */
  async profiled(apps: readonly Probed[], directory: string, work: () => Promise<void>): Promise<Profile[]> {
    mkdirSync(directory, { recursive: true });
    for (const { pid } of apps) process.kill(pid, 'SIGUSR2');
    await work();
    for (const { pid } of apps) process.kill(pid, 'SIGUSR2');
    return Promise.all(apps.map((app) => this.profileOf(app, directory)));
  }

  private async profileOf({ name, pid }: Probed, directory: string): Promise<Profile> {
    const written = join(this.directory, `${pid}.cpuprofile`);
    for (let waitedMs = 0; !existsSync(written); waitedMs += poll_ms) {
      if (waitedMs > written_ms_max) throw new Error(`${name} has written no profile`);
      await pause(poll_ms);
    }
    const file = join(directory, `${name}.cpuprofile`);
    copyFileSync(written, file);
    return { name, file, largest: selfTimes(readFileSync(file, 'utf8')) };
  }
}
