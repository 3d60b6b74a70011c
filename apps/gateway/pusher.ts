import { closeCodes } from '#protocol/errors.js';
import { notification } from '#protocol/notifications.js';
import type { LogPosition } from '#edge/log-position.js';
import { LogDiverged } from '#edge/log-reader.js';
import type { EdgeServices } from '#edge/open-edge.js';
import type { SessionSeen } from '#edge/seen.js';
import { piece_items_max, turns } from '#edge/turns.js';
import { catchUpEnded } from '#observability/message-spans.js';
import { newTrace } from '#observability/trace.js';
import { catch_up_updates_max, read_retry_ms, read_retry_ms_max } from './limits.js';
import { Outgoing } from './outgoing.js';
import { gaveWay, pushed } from './session-metrics.js';
import { pushedUpdate, type PushedUpdate, type UserFeed } from './user-feed.js';

/** The socket as the pusher needs it. */
export interface Outlet {
  readonly isOpen: boolean;
  /** More waits to be sent than it may have waiting. */
  readonly isFull: boolean;
  send(message: Outgoing): void;
  /** Resolves once there is room again; false when it has closed, or was too slow. */
  drained(): Promise<boolean>;
  close(code: number, reason: string): void;
}

export interface PusherOptions {
  readonly edge: EdgeServices;
  readonly feed: UserFeed;
  readonly outlet: Outlet;
  /** What the session has seen by now: deletions among it, at least, are covered by what is read. */
  readonly seen: SessionSeen;
  /** After the update was handed to the socket. */
  readonly onPushed: (update: PushedUpdate) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Pushes one user's log to one socket, contiguously from a position: by reading while behind, live once it has met the
 * feed. A socket that does not drain goes back to reading: it costs no memory and loses nothing.
 */
export class Pusher {
  private isLive = false;
  private caughtUpIsDue = false;

  constructor(
    private readonly options: PusherOptions,
    private position: LogPosition,
  ) {}

  /**
   * `upTo`: the log's head when the session was opened; live is not before it. With `announce`, `updates.caughtUp`
   * is sent once when it is reached.
   */
  start(upTo: number, announce: boolean): void {
    this.caughtUpIsDue = announce;
    this.options.feed.headSeen(upTo);
    void this.catchUp(upTo);
  }

  get pts(): number {
    return this.position.pts;
  }

  /** From the feed. What this socket has already is skipped; while it is behind, reading brings the rest. */
  readonly receive = (updates: readonly PushedUpdate[]): void => {
    if (!this.isLive) return;
    for (const update of updates) {
      if (update.item.pts <= this.position.pts) continue;
      const isNext = update.item.pts === this.position.pts + 1;
      if (!isNext || this.options.outlet.isFull) return this.fallBack(isNext ? 'full' : 'hole');
      this.push(update);
      pushed.live.add();
    }
  };

  private fallBack(why: keyof typeof gaveWay): void {
    gaveWay[why].add();
    this.isLive = false;
    void this.catchUp(0);
  }

  private async catchUp(upTo: number): Promise<void> {
    const { feed, outlet, onFailure } = this.options;
    let retryMs = read_retry_ms;
    while (outlet.isOpen) {
      try {
        if (!(await outlet.drained())) return outlet.close(closeCodes.too_slow, 'too slow');
        // No await between this look and being live: nothing can come out of the feed unseen.
        if (this.position.pts >= feed.pts && this.position.pts >= upTo) return this.goLive();
        const isPushed = await this.pushSlice();
        retryMs = read_retry_ms;
        if (isPushed) continue;
      } catch (error) {
        if (error instanceof LogDiverged) return outlet.close(closeCodes.unavailable, 'log diverged');
        // One line a failure: thousands of sessions may wait for the same server.
        if (retryMs === read_retry_ms) onFailure(error);
        retryMs = Math.min(2 * retryMs, read_retry_ms_max);
      }
      await delay(retryMs);
    }
  }

  private goLive(): void {
    this.isLive = true;
    if (!this.caughtUpIsDue) return;
    this.caughtUpIsDue = false;
    const { edge, feed, outlet } = this.options;
    const { pts, hash } = this.position;
    const sync_token = edge.tokens.encode(feed.userId, feed.epoch, this.position);
    outlet.send(new Outgoing(notification('updates.caughtUp', { pts, sync_token, hash })));
  }

  /** False when there was nothing to read. */
  private async pushSlice(): Promise<boolean> {
    const { edge, feed, outlet, seen } = this.options;
    const { catchUp } = edge;
    const startMs = performance.now();
    const { items } = await catchUp.updatesAfter(
      feed.userId,
      this.position,
      catch_up_updates_max,
      seen.positions,
    );
    // What no longer fits is read again when there is room.
    for (const [index, item] of items.entries()) {
      if (index > 0 && index % piece_items_max === 0) await turns.next();
      if (!outlet.isOpen || outlet.isFull) break;
      this.push(pushedUpdate(edge, feed.userId, feed.epoch, item));
      pushed.log.add();
    }
    if (items.length > 0)
      catchUpEnded(newTrace(), startMs, items.length, { user_id: feed.userId, pts: this.position.pts });
    return items.length > 0;
  }

  private push(update: PushedUpdate): void {
    const { item, message } = update;
    if (item.pts !== this.position.pts + 1) {
      throw new Error(`update ${item.pts} does not follow ${this.position.pts}`);
    }
    this.options.outlet.send(message);
    this.position = { pts: item.pts, sequence: item.sequence, hash: item.hash, dateMs: item.date_ms };
    this.options.onPushed(update);
  }
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
