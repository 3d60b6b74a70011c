import { createHash } from 'node:crypto';
import type { ClientSocket, Environment, NetworkEvent, NetworkPort } from '../environment.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** An environment for specs: seeded chance, and time that passes only when it is told to. */
export class VirtualEnvironment implements Environment {
  readonly #timers = new Set<Timer>();
  readonly #nextRandom: () => number;
  #nowMs = 1_700_000_000_000;
  #order = 0;
  openSocket: (url: string) => ClientSocket = () => {
    throw new Error('no sockets here');
  };
  readonly network = new VirtualNetwork();
  fetch: Environment['fetch'] = () => Promise.reject(new Error('no network here'));

  constructor(seed: number) {
    this.#nextRandom = seededRandom(seed);
  }

  nowMs = (): number => this.#nowMs;
  random = (): number => this.#nextRandom();
  randomBytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => Math.floor(this.#nextRandom() * 256));

  sha256 = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  };

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, order: this.#order++, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  get timers(): number {
    return this.#timers.size;
  }

  /** In how many milliseconds the next timer is due. */
  get nextInMs(): number | null {
    const next = this.#next();
    return next ? next.atMs - this.#nowMs : null;
  }

  /** Lets time pass, timer by timer, with everything that follows from each. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#next(); next && next.atMs <= untilMs; next = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#timers.delete(next);
      next.run();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #next(): Timer | undefined {
    return [...this.#timers].sort((one, other) => one.atMs - other.atMs || one.order - other.order)[0];
  }
}

/** A network that a spec takes away and gives back, and a device that it puts to sleep. */
export class VirtualNetwork implements NetworkPort {
  readonly #listeners = new Set<(event: NetworkEvent) => void>();
  #isOnline = true;

  isOnline = (): boolean => this.#isOnline;
  listen = (listener: (event: NetworkEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(event: NetworkEvent): void {
    if (event !== 'awake') this.#isOnline = event === 'online';
    for (const listener of this.#listeners) listener(event);
  }
}

/** Resolves when every promise that could go on has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Mulberry32: small, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
