import { describe } from '../failure.js';

const rest_ms_min = 10_000;
const rest_ms_max = 600_000;

interface Failed {
  readonly text: string;
  readonly restMs: number;
  readonly untilMs: number;
}

/** What failed rests, longer each time, and is told when it is not what was told before. */
export class Attempts {
  private readonly failed = new Map<string, Failed>();

  constructor(private readonly tell: (line: string) => void) {}

  mayTry(name: string): boolean {
    return performance.now() >= (this.failed.get(name)?.untilMs ?? 0);
  }

  /** Throws nothing but what aborted it. */
  async make(name: string, act: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await act();
      this.failed.delete(name);
    } catch (error) {
      signal.throwIfAborted();
      const before = this.failed.get(name);
      const text = describe(error);
      if (text !== before?.text) this.tell(`${name}: ${text}`);
      const restMs = Math.min(2 * (before?.restMs ?? rest_ms_min / 2), rest_ms_max);
      this.failed.set(name, { text, restMs, untilMs: performance.now() + restMs });
    }
  }
}
