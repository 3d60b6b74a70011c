import { backOffMs } from './back-off.js';
import type { CancelTimer, Environment } from './environment.js';
import type { OdnixError } from './odnix-error.js';

export interface LanesOptions {
  readonly environment: Environment;
  /** What is to be carried out next in this lane; null: nothing. */
  readonly next: (lane: string) => string | null;
  /** Resolves to the error after which the same is to be tried again, null when it is over. Never rejects. */
  readonly carryOut: (lane: string, id: string) => Promise<OdnixError | null>;
}

interface Lane {
  inFlight: string | null;
  attempt: number;
  cancelRetry: CancelTimer | null;
}

/**
 * Work in lanes: within one in order, one piece at a time, tried again with back-off before anything behind it; lanes do
 * not wait for each other (head-of-line blocking is why the Matrix specification wants a queue for each room).
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  #isOnline = false;

  constructor(private readonly options: LanesOptions) {}

  get isOnline(): boolean {
    return this.#isOnline;
  }

  online(lanes: readonly string[]): void {
    this.#isOnline = true;
    for (const name of lanes) {
      this.#lane(name).attempt = 0;
      this.pump(name);
    }
  }

  offline(): void {
    this.#isOnline = false;
    for (const lane of this.#lanes.values()) {
      lane.cancelRetry?.();
      lane.cancelRetry = null;
    }
  }

  /** Goes on with a lane if it stands still and has work. */
  pump(name: string): void {
    const lane = this.#lane(name);
    const next = this.options.next(name);
    if (next === null && lane.inFlight === null) this.#lanes.delete(name);
    if (!this.#isOnline || lane.inFlight !== null || lane.cancelRetry || next === null) return;
    lane.inFlight = next;
    void this.#run(name, lane, next);
  }

  async #run(name: string, lane: Lane, id: string): Promise<void> {
    const error = await this.options.carryOut(name, id);
    lane.inFlight = null;
    if (error === null) lane.attempt = 0;
    else if (this.#isOnline) this.#retryLater(name, lane, error);
    this.pump(name);
  }

  #retryLater(name: string, lane: Lane, error: OdnixError): void {
    const { environment } = this.options;
    const waitMs = backOffMs(lane.attempt++, environment.random(), error.retryAfterMs);
    lane.cancelRetry = environment.after(waitMs, () => {
      lane.cancelRetry = null;
      this.pump(name);
    });
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (!lane) this.#lanes.set(name, (lane = { inFlight: null, attempt: 0, cancelRetry: null }));
    return lane;
  }
}
