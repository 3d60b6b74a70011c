import type { CancelTimer, Environment } from './environment.js';
import type { Replica } from './replica.js';
import type { ServerClock } from './server-clock.js';

/** Timers do not reach further than 24 days, and clocks are set: it is looked again meanwhile. */
const wait_ms_max = 3_600_000;

export interface ExpiryOptions {
  readonly environment: Environment;
  readonly clock: ServerClock;
  readonly replica: Pick<Replica, 'nextDueMs' | 'forgetDue'>;
  readonly onForgotten: (chatIds: ReadonlySet<string>) => void;
  readonly onError: (error: unknown) => void;
}

/** Takes messages that go by themselves out of this device at their time by the server's clock, with a connection or without. */
export class Expiry {
  #cancel: CancelTimer | null = null;
  #setForMs = Infinity;

  constructor(private readonly options: ExpiryOptions) {}

  /** Something came, or the clock was set. */
  look(): void {
    const { environment, clock, replica } = this.options;
    const nextMs = replica.nextDueMs;
    if (nextMs >= this.#setForMs) return;
    this.#cancel?.();
    this.#setForMs = nextMs;
    const waitMs = Math.min(wait_ms_max, Math.max(0, nextMs - clock.nowMs()));
    this.#cancel = environment.after(waitMs, () => void this.#forget());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#setForMs = -Infinity;
  }

  async #forget(): Promise<void> {
    const { clock, replica, onForgotten, onError } = this.options;
    if (this.#setForMs !== -Infinity) this.#setForMs = Infinity;
    try {
      const chatIds = await replica.forgetDue(clock.nowMs());
      if (chatIds.size > 0) onForgotten(chatIds);
    } catch (error) {
      onError(error);
    }
    this.look();
  }
}
