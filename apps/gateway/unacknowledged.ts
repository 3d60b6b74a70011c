import { ackEnded } from '#observability/message-spans.js';
import { activeSpan, type SpanContext } from '#observability/trace.js';
import type { Cursor } from '#domain/receipt/events.js';
import type { Acknowledge, ReadCursors } from '#edge/acknowledge.js';
import { cursorOfUpdate, highestByChat, mergeCursors } from '#edge/delivered-cursors.js';
import type { LogPosition } from '#edge/log-position.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { Identity } from '#streams/requests.js';
import { unacknowledged_entries_max } from './limits.js';

/** Of an update, what its acknowledgement needs: thousands of sessions remember as much as `unacknowledged_entries_max`. */
interface Pushed {
  readonly position: LogPosition;
  readonly cursor: Cursor | null;
  /** Of its push, when its trace is sampled. */
  readonly span?: SpanContext;
}

/**
 * What a session was pushed and has not acknowledged: enough to make delivered cursors of it without reading the log.
 * Bounded: with too much outstanding the oldest are forgotten, and read again when they are acknowledged.
 */
export class Unacknowledged {
  private pushed: Pushed[] = [];
  /** Everything up to there has its cursors; null: nobody asked yet how far this device was before this session. */
  private done: LogPosition | null = null;

  constructor(
    private readonly acknowledge: Acknowledge,
    private readonly start: LogPosition,
  ) {}

  remember(item: AnnouncedUpdate, span?: SpanContext): void {
    const { pts, sequence, hash, date_ms } = item;
    const pushed = { position: { pts, sequence, hash, dateMs: date_ms }, cursor: cursorOfUpdate(item) };
    this.pushed.push(span === undefined ? pushed : { ...pushed, span });
    if (this.pushed.length > unacknowledged_entries_max) this.pushed.shift();
  }

  /** Answers once the receipt is stored. Calls are made one after the other. */
  async acknowledgeUpTo(identity: Identity, pts: number): Promise<void> {
    const before = this.done ?? (await this.beforeThisSession(identity, pts));
    if (pts <= before.pts) return;
    const startMs = performance.now();
    const { cursors, position } = await this.cursorsFrom(identity, before, pts);
    await this.acknowledge.store(identity, cursors, pts);
    this.done = position;
    this.tellAcknowledged(identity, pts, startMs);
    this.pushed = this.pushed.filter(({ position: own }) => own.pts > pts);
  }

  private tellAcknowledged(identity: Identity, pts: number, startMs: number): void {
    const pushed = this.pushed.filter(({ position }) => position.pts <= pts);
    const last = pushed.find(({ position }) => position.pts === pts)?.span;
    const covered = pushed.flatMap(({ span }) => span ?? []);
    ackEnded({ startMs, by: activeSpan(), covered, last, of: { ...identity, pts } });
  }

  /** Without the read model only what came in this session is acknowledged; the next session makes up for it. */
  private beforeThisSession(identity: Identity, pts: number): Promise<LogPosition> {
    return this.acknowledge.positionBefore(identity, Math.min(pts, this.start.pts)).catch(() => this.start);
  }

  private async cursorsFrom(identity: Identity, from: LogPosition, pts: number): Promise<ReadCursors> {
    const covered = this.pushed.filter(({ position }) => position.pts <= pts);
    const last = covered.at(-1)?.position;
    if (last?.pts !== pts) return this.acknowledge.cursorsBetween(identity.user_id, from, pts);
    const { user_id } = identity;
    const unseen = await this.acknowledge.cursorsBetween(user_id, from, covered[0]!.position.pts - 1);
    const own = highestByChat(covered.map(({ cursor }) => cursor));
    return { cursors: mergeCursors(unseen.cursors, own), position: last };
  }
}
