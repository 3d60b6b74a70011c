/** Progress on the error output: a bar on a terminal, else a plain line every few seconds, or JSON lines for programs. */
import { SingleBar } from 'cli-progress';
import type { Progress } from '../operation.js';
import { ProgressRate } from './progress-rate.js';

const shown_after_ms = 2_000;
const line_every_ms = 5_000;
const json_every_ms = 500;

export interface ProgressView {
  show(progress: Progress): void;
  /** Takes a bar away, so that what is said next stands on lines of its own. */
  clear(): void;
}

export type ErrorOutput = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

export function progressView(isJson: boolean, output: NodeJS.WriteStream): ProgressView {
  if (isJson) return new Lines(output, json_every_ms, (progress) => JSON.stringify({ progress }));
  if (output.isTTY) return new Bar(output);
  return new Lines(output, line_every_ms, (_progress, rate) => rate.line());
}

class Lines implements ProgressView {
  private readonly startedMs = performance.now();
  private readonly rate = new ProgressRate();
  private lastMs = 0;

  constructor(
    private readonly output: ErrorOutput,
    private readonly everyMs: number,
    private readonly text: (progress: Progress, rate: ProgressRate) => string,
  ) {}

  show(progress: Progress): void {
    const nowMs = performance.now();
    this.rate.add(progress, nowMs);
    if (nowMs - this.startedMs < shown_after_ms || nowMs - this.lastMs < this.everyMs) return;
    this.lastMs = nowMs;
    this.output.write(`${this.text(progress, this.rate)}\n`);
  }

  clear(): void {
    // Lines stay.
  }
}

class Bar implements ProgressView {
  private readonly startedMs = performance.now();
  private readonly rate = new ProgressRate();
  private bar: SingleBar | undefined;

  constructor(private readonly output: NodeJS.WriteStream) {}

  show(progress: Progress): void {
    const nowMs = performance.now();
    this.rate.add(progress, nowMs);
    if (nowMs - this.startedMs < shown_after_ms) return;
    const { done, total = 0 } = progress;
    const payload = { line: this.rate.line() };
    if (this.bar === undefined) {
      const format = total > 0 ? '{bar} {percentage}%  {line}' : '{line}';
      this.bar = new SingleBar({ format, stream: this.output, clearOnComplete: true, hideCursor: true });
      this.bar.start(total, done, payload);
      return;
    }
    this.bar.setTotal(total);
    this.bar.update(done, payload);
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}
