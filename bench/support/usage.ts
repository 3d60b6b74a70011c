/** What processes of this machine take, from /proc: memory sampled, CPU counted. */
import { cpuSecondsOf, rssMbOf } from './proc.js';

const sample_ms = 100;

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
    this.samples = [rssMbOf(pid)];
    this.cpuBefore = cpuSecondsOf(pid);
    this.timer = setInterval(() => this.samples.push(rssMbOf(pid)), sample_ms);
  }

  stop(): void {
    clearInterval(this.timer);
    this.samples.push(rssMbOf(this.pid));
    this.cpu = cpuSecondsOf(this.pid) - this.cpuBefore;
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

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
