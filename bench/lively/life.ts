/** What happened to all people of a process since it was last told. */
import { Durations } from '../support/percentiles.js';
import type { Lived } from './orders.js';

/** What has not arrived after so long will not be timed any more. */
const remembered_ms = 60_000;

export class Life {
  private readonly sentMs = new Map<number, number>();
  private number = 0;
  private done = new Map<string, number>();
  private refused = new Map<string, number>();
  private holes = 0;
  private screen = new Durations();
  private tick = new Durations();
  private back = new Durations();

  /** A number for a message that is sent now. */
  sends(): number {
    const now = performance.now();
    for (const [number, sentMs] of this.sentMs) {
      if (now - sentMs < remembered_ms) break;
      this.sentMs.delete(number);
    }
    this.number += 1;
    this.sentMs.set(this.number, now);
    return this.number;
  }

  sentAt(number: number): number | undefined {
    return this.sentMs.get(number);
  }

  did(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  wasRefused(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  metHole(): void {
    this.holes += 1;
  }

  arrived(ms: number): void {
    this.screen.add(ms);
  }

  ticked(number: number): void {
    const sentMs = this.sentMs.get(number);
    if (sentMs !== undefined) this.tick.add(performance.now() - sentMs);
  }

  cameBack(ms: number): void {
    this.back.add(ms);
  }

  take(): Lived {
    const lived: Lived = {
      done: Object.fromEntries(this.done),
      refused: Object.fromEntries(this.refused),
      holes: this.holes,
      screen: this.screen.encoded(),
      tick: this.tick.encoded(),
      back: this.back.encoded(),
    };
    this.done = new Map();
    this.refused = new Map();
    this.holes = 0;
    [this.screen, this.tick, this.back] = [new Durations(), new Durations(), new Durations()];
    return lived;
  }
}
