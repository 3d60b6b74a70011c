/** How long things took: a histogram of fixed size (three digits kept), so that millions of them cost nothing to keep and add up. */
import hdr, { type Histogram } from 'hdr-histogram-js';

const us_per_ms = 1_000;
/** What lasted longer counts as so long. */
const highest_us = 600_000_000;
const digits_kept = 3;

export class Durations {
  private readonly histogram: Histogram = hdr.build({
    highestTrackableValue: highest_us,
    numberOfSignificantValueDigits: digits_kept,
    bitBucketSize: 64,
    useWebAssembly: false,
  });

  add(ms: number): void {
    const us = Math.round(ms * us_per_ms);
    this.histogram.recordValue(Math.min(Math.max(us, 1), highest_us));
  }

  async time<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.add(performance.now() - start);
    return result;
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** Of them that part lasted at most so long; NaN of none. */
  ms(part: number): number {
    if (this.count === 0) return Number.NaN;
    // A percentile is told by the upper end of its step, which may lie above the longest.
    const { maxValue } = this.histogram;
    return Math.min(this.histogram.getValueAtPercentile(part * 100), maxValue) / us_per_ms;
  }

  /** For another process; `merge` takes it. */
  encoded(): string {
    return hdr.encodeIntoCompressedBase64(this.histogram);
  }

  merge(encoded: string): this {
    this.histogram.add(hdr.decodeFromCompressedBase64(encoded, 64, false));
    return this;
  }

  /** `p50 / p99 / max`, in milliseconds. */
  toString(): string {
    return [0.5, 0.99, 1].map((part) => this.ms(part).toFixed(1)).join(' / ');
  }
}
