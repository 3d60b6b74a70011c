/** What processes of this machine take, from /proc: memory sampled, CPU counted. */
import { readdirSync, readFileSync } from 'node:fs';

const sample_ms = 100;
/** Linux counts CPU in hundredths of a second for whoever asks. */
const ticks_per_s = 100;

export interface Usage {
  readonly cpu_s: number;
  readonly rss_before_mb: number;
  readonly rss_max_mb: number;
  /** The mean of each fifth of the time: whether memory grows with the work. */
  readonly rss_fifths_mb: readonly number[];
}

/** Watches some processes, each with its children, from now on. */
export class Watch {
  private readonly samples: number[];
  private readonly cpuBefore: number;
  private readonly timer: NodeJS.Timeout;
  private cpu = 0;

  constructor(private readonly pid: number) {
    this.samples = [rssMb(pid)];
    this.cpuBefore = cpuSeconds(pid);
    this.timer = setInterval(() => this.samples.push(rssMb(pid)), sample_ms);
  }

  stop(): void {
    clearInterval(this.timer);
    this.samples.push(rssMb(this.pid));
    this.cpu = cpuSeconds(this.pid) - this.cpuBefore;
  }

  /** Once it was stopped. */
  usage(): Usage {
    const fifth = (index: number) => Math.floor((index * this.samples.length) / 5);
    return {
      cpu_s: this.cpu,
      rss_before_mb: this.samples[0]!,
      rss_max_mb: Math.max(...this.samples),
      rss_fifths_mb: [0, 1, 2, 3, 4].map((index) =>
        mean(this.samples.slice(fifth(index), Math.max(fifth(index + 1), fifth(index) + 1))),
      ),
    };
  }
}

/** Its own, and that of its children: those that live, and those that it has waited for. */
export function cpuSeconds(pid: number): number {
  const ticks = (of: number, fields: readonly number[]) => {
    const stat = statOf(of);
    return stat === null ? 0 : fields.reduce((sum, field) => sum + Number(stat[field]), 0);
  };
  // utime, stime, cutime, cstime: fields 14 to 17 of the line, of which two stand before what is read here.
  const own = ticks(pid, [11, 12, 13, 14]);
  return childrenOf(pid).reduce((sum, child) => sum + ticks(child, [11, 12]), own) / ticks_per_s;
}

function rssMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb ?? 0) / 1024;
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((other) => Number(statOf(other)?.[1]) === pid);

/** State, parent, ...: the fields after the program's name, which may itself hold spaces. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return null;
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
