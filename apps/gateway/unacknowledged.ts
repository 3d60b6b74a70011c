import type { Acknowledge, ReadCursors } from '#edge/acknowledge.js';
import { cursorOfUpdate, highestByChat, mergeCursors, type CursorsByChat } from '#edge/delivered-cursors.js';
import type { LogPosition } from '#edge/log-position.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { Identity } from '#streams/requests.js';
import { unacknowledged_entries_max } from './limits.js';

/**
 * What a session was pushed and has not acknowledged: enough to make delivered cursors of it without reading the log.
 * Bounded: with too much outstanding the oldest are forgotten, and read again when they are acknowledged.
 */
export class Unacknowledged {
  private pushed: AnnouncedUpdate[] = [];
  /** Everything up to there has its cursors; null: nobody asked yet how far this device was before this session. */
  private done: LogPosition | null = null;

  constructor(
    private readonly acknowledge: Acknowledge,
    private readonly start: LogPosition,
  ) {}

  remember(item: AnnouncedUpdate): void {
    this.pushed.push(item);
    if (this.pushed.length > unacknowledged_entries_max) this.pushed.shift();
  }

  /** Answers once the receipt is stored. Calls are made one after the other. */
  async acknowledgeUpTo(identity: Identity, pts: number): Promise<void> {
    const before = this.done ?? (await this.beforeThisSession(identity, pts));
    if (pts <= before.pts) return;
    const { cursors, position } = await this.cursorsFrom(identity, before, pts);
    await this.acknowledge.store(identity, cursors, pts);
    this.done = position;
    this.pushed = this.pushed.filter((item) => item.pts > pts);
  }

  /** Without the read model only what came in this session is acknowledged; the next session makes up for it. */
  private beforeThisSession(identity: Identity, pts: number): Promise<LogPosition> {
    return this.acknowledge.positionBefore(identity, Math.min(pts, this.start.pts)).catch(() => this.start);
  }

  private async cursorsFrom(identity: Identity, from: LogPosition, pts: number): Promise<ReadCursors> {
    const covered = this.pushed.filter((item) => item.pts <= pts);
    const last = covered.at(-1);
    if (last?.pts !== pts) return this.acknowledge.cursorsBetween(identity.user_id, from, pts);
    const unseen = await this.acknowledge.cursorsBetween(identity.user_id, from, covered[0]!.pts - 1);
    const position = { pts, sequence: last.sequence, hash: last.hash, dateMs: last.date_ms };
    return { cursors: mergeCursors(unseen.cursors, ofUpdates(covered)), position };
  }
}

const ofUpdates = (items: readonly AnnouncedUpdate[]): CursorsByChat =>
  highestByChat(items.map(cursorOfUpdate));
