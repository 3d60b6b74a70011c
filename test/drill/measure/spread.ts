/** Durations, as their number, median and longest; bounded in memory: of very many the median is of a sample. */
const sample_max = 4_096;

export interface SpreadFigures {
  readonly count: number;
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
}

export class Spread {
  private count = 0;
  private max = 0;
  private sample: number[] = [];
  private step = 1;

  add(ms: number): void {
    this.max = Math.max(this.max, ms);
    if (this.count++ % this.step !== 0) return;
    this.sample.push(ms);
    if (this.sample.length < sample_max) return;
    this.sample = this.sample.filter((_, index) => index % 2 === 0);
    this.step *= 2;
  }

  figures(): SpreadFigures {
    if (this.count === 0) return { count: 0, p50_ms: null, p99_ms: null, max_ms: null };
    const sorted = this.sample.toSorted((one, other) => one - other);
    const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)]!);
    return { count: this.count, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: Math.round(this.max) };
  }
}
