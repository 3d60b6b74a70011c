/** Durations and what part of them lasted how long. */
export class Durations {
  private readonly all: number[] = [];

  add(ms: number): void {
    this.all.push(ms);
  }

  async time<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.add(performance.now() - start);
    return result;
  }

  get count(): number {
    return this.all.length;
  }

  /** Of them that part lasted at most so long; NaN of none. */
  ms(part: number): number {
    const sorted = this.all.toSorted((one, other) => one - other);
    return sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
  }

  /** `p50 / p99 / max`, in milliseconds. */
  toString(): string {
    return [0.5, 0.99, 1].map((part) => this.ms(part).toFixed(1)).join(' / ');
  }
}
