import type { UpdateNotification } from '#domain/user-log/update.js';
import { backOffMs } from './back-off.js';
import type { CancelTimer, Environment } from './environment.js';
import { isRetryable, OdnixError } from './odnix-error.js';

/** How long an update beyond a hole waits for the hole to close by itself. */
export const hold_ms = 500;
/** Updates kept beyond a hole; what is beyond them too is fetched with the hole. */
export const held_updates_max = 1_000;

/** A place in the user's log. `hash` is the running hash there, null as long as nothing has told it. */
export interface LogPosition {
  readonly pts: number;
  readonly sync_token: string;
  readonly hash: string | null;
}

/** An update with its place in the log that it is of. */
export type Placed = Pick<UpdateNotification, 'pts' | 'pts_count' | 'sync_token'>;

export interface Difference<N extends Placed = UpdateNotification> {
  readonly type: 'difference' | 'slice' | 'empty' | 'too_long';
  readonly updates: readonly N[];
}

export interface UpdateManagerOptions<N extends Placed> {
  readonly environment: Environment;
  /** Called with every update once, in the order of pts, without a hole, with the position after it. */
  readonly apply: (notification: N, position: LogPosition) => void;
  /** The running hash after an update; absent for a log without hashes. */
  readonly hashAfter?: (before: string, notification: N) => string;
  readonly getDifference: (from: LogPosition) => Promise<Difference<N>>;
  /** Fetches a snapshot, nothing more; `install` makes it the local state. */
  readonly takeSnapshot: () => Promise<{ readonly position: LogPosition; readonly install: () => void }>;
  /** The local log is not the server's; a snapshot follows. */
  readonly onDiverged: (pts: number, serverHash: string, localHash: string) => void;
  /** The local state has reached what the server announced when the session opened. */
  readonly onCaughtUp: (position: LogPosition) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The client rule of the protocol (section 4): apply what follows, ignore what repeats, hold what leaves a hole and
 * fetch the hole after `hold_ms`; take a snapshot where the log cannot be continued.
 */
export class UpdateManager<N extends Placed = UpdateNotification> {
  /** Null: there is nothing to go on from, only a snapshot helps. */
  #position: LogPosition | null;
  readonly #held = new Map<number, N>();
  /** The highest pts that this session is known to have reached on the server. */
  #announced = 0;
  #checkpoint: { readonly pts: number; readonly hash: string } | null = null;
  #isRepairing = false;
  #fruitlessRepairs = 0;
  /** Counts changes between online and offline: what was begun before one is not gone on with after it. */
  #session = 0;
  #isOnline = false;
  #cancelTimer: CancelTimer | null = null;

  constructor(
    position: LogPosition | null,
    private readonly options: UpdateManagerOptions<N>,
  ) {
    this.#position = position;
  }

  get position(): LogPosition | null {
    return this.#position;
  }

  /** A session is about to be opened: what it sends may come from now on. */
  online(): void {
    this.offline();
    this.#isOnline = true;
  }

  /** The session ended; the next one replays, so nothing held is needed. */
  offline(): void {
    this.#session++;
    this.#isOnline = false;
    this.#isRepairing = false;
    this.#checkpoint = null;
    this.#announced = 0;
    this.#fruitlessRepairs = 0;
    this.#held.clear();
    this.#stopTimer();
  }

  receive(notification: N): void {
    const { pts, pts_count } = notification;
    if (!this.#isOnline) return;
    this.#announced = Math.max(this.#announced, pts);
    const isRepeat = !this.#isRepairing && this.#position !== null && pts <= this.#position.pts;
    if (!isRepeat && this.#held.size < held_updates_max) this.#held.set(pts - pts_count, notification);
    if (this.#position !== null) this.#settle();
  }

  /** The server's log has come to `pts`, and nothing up to there is on its way: what is missing is fetched at once. */
  reaches(pts: number): void {
    if (!this.#isOnline) return;
    this.#announced = Math.max(this.#announced, pts);
    const isMissing = this.#position !== null && this.#position.pts < pts;
    if (isMissing && !this.#isRepairing) void this.#repair();
    else this.#settle();
  }

  /** The server's log has this running hash at `pts`, and everything up to there was sent. */
  caughtUp(pts: number, hash: string): void {
    if (!this.#isOnline) return;
    this.#announced = Math.max(this.#announced, pts);
    this.#checkpoint = { pts, hash };
    this.#settle();
  }

  /** The server cannot continue from the local position. What follows (`caughtUp`) will start with a snapshot. */
  losePosition(): void {
    this.#position = null;
  }

  /** Applies what follows now; whatever remains open is repaired: a hole in time, a lost place at once. */
  #settle(): void {
    if (this.#isRepairing) return;
    const before = this.#position?.pts;
    this.#applyHeld();
    if (this.#position === null) void this.#repair();
    else if (this.#position.pts >= this.#announced) this.#stopTimer();
    else if (this.#position.pts !== before || this.#cancelTimer === null) this.#startTimer();
  }

  /** What is held stands under the pts that it follows. */
  #applyHeld(): void {
    this.#checkHash();
    while (this.#position !== null) {
      const next = this.#held.get(this.#position.pts);
      if (next === undefined) return;
      this.#held.delete(this.#position.pts);
      this.#applyNext(next);
    }
  }

  /** Applies exactly what follows the local position; a repeat changes nothing. */
  #applyNext(notification: N): void {
    const { pts, pts_count, sync_token } = notification;
    const local = this.#position;
    if (local === null || pts - pts_count !== local.pts) return;
    const hash = local.hash === null ? null : (this.options.hashAfter?.(local.hash, notification) ?? null);
    this.#position = { pts, sync_token, hash };
    this.options.apply(notification, this.#position);
    this.#checkHash();
  }

  /** Once the local state stands where the server told its hash, the two must be the same log. */
  #checkHash(): void {
    const checkpoint = this.#checkpoint;
    const local = this.#position;
    if (checkpoint === null || local === null || local.pts < checkpoint.pts) return;
    this.#checkpoint = null;
    if (local.pts === checkpoint.pts && local.hash !== null && local.hash !== checkpoint.hash) {
      this.#position = null;
      this.options.onDiverged(checkpoint.pts, checkpoint.hash, local.hash);
      return;
    }
    if (local.pts === checkpoint.pts) this.#position = { ...local, hash: checkpoint.hash };
    this.options.onCaughtUp(this.#position!);
  }

  /** One at a time, step by step until nothing is missing, with back-off while steps fail. */
  async #repair(): Promise<void> {
    const session = this.#session;
    const before = this.#position?.pts;
    this.#stopTimer();
    this.#isRepairing = true;
    let isDone = false;
    for (let attempt = 0; !isDone && session === this.#session;) {
      try {
        isDone = this.#position === null ? await this.#snapshot() : await this.#fetchSlice(this.#position);
        attempt = 0;
      } catch (error) {
        if (!isRetryable(error)) this.options.onError(error);
        await this.#pause(attempt++, error);
      }
    }
    if (session !== this.#session) return;
    this.#isRepairing = false;
    this.#fruitlessRepairs = this.#position?.pts === before ? this.#fruitlessRepairs + 1 : 0;
    this.#forgetRepeats();
    this.#settle();
  }

  #forgetRepeats(): void {
    const local = this.#position?.pts ?? 0;
    for (const follows of this.#held.keys()) if (follows < local) this.#held.delete(follows);
  }

  async #snapshot(): Promise<boolean> {
    const session = this.#session;
    const { position, install } = await this.options.takeSnapshot();
    if (session !== this.#session) return true;
    this.#position = position;
    install();
    this.#checkHash();
    return this.#position !== null;
  }

  /** Resolves to whether there is nothing more to fetch. */
  async #fetchSlice(from: LogPosition): Promise<boolean> {
    const session = this.#session;
    const difference = await this.#difference(from);
    if (session !== this.#session) return true;
    if (difference === null || difference.type === 'too_long') {
      this.#position = null;
      return false;
    }
    for (const notification of difference.updates) this.#applyNext(notification);
    return this.#position !== null && difference.type !== 'slice';
  }

  /** Null where the server does not know the place any more. */
  async #difference(from: LogPosition): Promise<Difference<N> | null> {
    try {
      return await this.options.getDifference(from);
    } catch (error) {
      const isUnknownPlace =
        error instanceof OdnixError && ['SYNC_TOKEN_INVALID', 'PTS_FROM_FUTURE'].includes(error.code);
      if (isUnknownPlace) return null;
      throw error;
    }
  }

  #startTimer(): void {
    this.#stopTimer();
    const extraMs = this.#fruitlessRepairs === 0 ? 0 : this.#backOffMs(this.#fruitlessRepairs);
    this.#timer(hold_ms + extraMs, () => void this.#repair());
  }

  #pause(attempt: number, error: unknown): Promise<void> {
    const retryAfterMs = error instanceof OdnixError ? error.retryAfterMs : undefined;
    return new Promise((resolve) => this.#timer(this.#backOffMs(attempt, retryAfterMs), resolve));
  }

  #timer(ms: number, run: () => void): void {
    this.#cancelTimer = this.options.environment.after(ms, () => {
      this.#cancelTimer = null;
      run();
    });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #backOffMs(attempt: number, retryAfterMs?: number): number {
    return backOffMs(attempt, this.options.environment.random(), retryAfterMs);
  }
}
