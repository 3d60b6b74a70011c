import { entryHash } from '#domain/user-log/entry.js';
import type { DirectGet } from '#streams/direct-get.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { LastMessages } from '#streams/last-messages.js';
import { streamOf, userSubject } from '#streams/subjects.js';
import { sha256 } from '#streams/sha256.js';
import type { UserLog } from '#streams/user-log.js';
import { decodeEntry, type StoredEntry } from '#streams/user-stream-message.js';
import { turns } from './turns.js';
import { WrittenSince } from './written-since.js';
import { isSameHash, logStart, positionAt, type LogPosition } from './log-position.js';

const batch_entries_max = 256;

/** The log does not continue the position: it is beyond the head, or another hash stands there. */
export class LogDiverged extends Error {
  override readonly name = 'LogDiverged';
}

export interface EntriesRead {
  /** Right after the position asked for, contiguous, ascending. */
  readonly entries: readonly StoredEntry[];
  readonly more: boolean;
}

export interface Stretch {
  /** Of the stream, inclusive. */
  readonly fromSequence: number;
  readonly max: number;
}

/**
 * Reads users' logs forward from a position. Every read starts at the position's own entry, which must stand there with
 * the same pts and hash: so a log that was cut or rewritten is noticed by whoever goes on reading it.
 *
 * Throws LogDiverged, StoreUnavailable (retry), StoreDamaged (a hole: stop).
 */
export class LogReader {
  private readonly written: WrittenSince<number>;

  constructor(
    private readonly log: UserLog,
    private readonly direct: DirectGet,
    private readonly lasts: LastMessages,
    private readonly streamsPerFamily: number,
  ) {
    this.written = new WrittenSince(
      direct,
      (userId) => ({ stream: this.streamOf(userId), subject: userSubject(userId) }),
      (message) => (message === null ? 0 : decodeEntry(message).entry.pts),
    );
  }

  streamOf(userId: string): string {
    return streamOf('USER', userId, this.streamsPerFamily);
  }

  async head(userId: string): Promise<LogPosition> {
    const message = await this.lasts.lastOf(this.streamOf(userId), userSubject(userId));
    return message === null ? logStart : positionAt(decodeEntry(message));
  }

  /**
   * The head, for somebody who knows of that pts: any replica answers `head`, and one that lags by milliseconds must neither
   * go back behind what it was that they were sent, nor refuse it. Where it does not tell of the pts, the leader does.
   */
  async headFor(userId: string, pts: number): Promise<LogPosition> {
    const head = await this.head(userId);
    if (head.pts >= pts) return head;
    const message = await this.direct.getLastBySubject(this.streamOf(userId), userSubject(userId), {
      leader: true,
    });
    return message === null ? logStart : positionAt(decodeEntry(message));
  }

  /** The pts of the head; 0: there is no entry. */
  async headPts(userId: string): Promise<number> {
    return (await this.head(userId)).pts;
  }

  /** By user, of those whose head may be another than when this was asked before: all who were forgotten since, or not asked for. */
  changedHeadPts(userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.written.among(userIds);
  }

  forgetHead(userId: string): void {
    this.written.forget(userId);
  }

  /** The user's entry at exactly that place, null when something else or nothing stands there. */
  async entryAt(userId: string, sequence: number): Promise<StoredEntry | null> {
    const message = await this.direct.getBySequence(this.streamOf(userId), sequence, { leader: true });
    return message?.subject === userSubject(userId) ? decodeEntry(message) : null;
  }

  async entriesAfter(userId: string, position: LogPosition, max: number): Promise<EntriesRead> {
    const entries: StoredEntry[] = [];
    let at = position;
    for (;;) {
      const read = await this.batchAfter(userId, at, Math.min(max - entries.length, batch_entries_max));
      entries.push(...read.entries);
      if (!read.more || entries.length >= max) return { entries, more: read.more };
      at = positionAt(read.entries.at(-1)!);
      await turns.next();
    }
  }

  /** A replica that lags looks like a log that was cut: its leader says which it is. Throws LogDiverged. */
  async mustHold(userId: string, position: LogPosition): Promise<void> {
    const stored = await this.entryAt(userId, position.sequence);
    if (stored === null || !standsAt(stored, position)) throw new LogDiverged();
  }

  /**
   * What stands from a sequence on and is to follow the `last` entry known of what is before it. The hash of the first
   * tells whether it does: StoreDamaged if not.
   */
  async entriesFollowing(userId: string, last: LogPosition, stretch: Stretch): Promise<EntriesRead> {
    const stream = this.streamOf(userId);
    const max = Math.min(stretch.max, batch_entries_max);
    const { entries, pendingCount } = await this.log.entries(stream, userId, { ...stretch, max });
    const [first] = contiguous(last.pts, entries);
    if (first && !isSameHash(entryHash(sha256, last.hash, first.entry), first.entry.hash))
      throw new StoreDamaged(`the log of ${userId} does not go on from ${last.pts}`);
    return { entries, more: pendingCount > 0 };
  }

  private async batchAfter(userId: string, position: LogPosition, max: number): Promise<EntriesRead> {
    const isStart = position.pts === 0;
    const { entries, pendingCount } = await this.log.entries(this.streamOf(userId), userId, {
      fromSequence: Math.max(1, position.sequence),
      max: isStart ? max : max + 1,
    });
    if (isStart) return { entries: contiguous(0, entries), more: pendingCount > 0 };
    const [own, ...after] = entries;
    if (own === undefined) {
      await this.mustHold(userId, position);
      return { entries: [], more: false };
    }
    if (!standsAt(own, position)) throw new LogDiverged();
    return { entries: contiguous(position.pts, after), more: pendingCount > 0 };
  }
}

export const standsAt = ({ entry }: StoredEntry, { pts, hash }: LogPosition): boolean =>
  entry.pts === pts && isSameHash(entry.hash, hash);

export function contiguous(after: number, entries: readonly StoredEntry[]): readonly StoredEntry[] {
  entries.forEach(({ entry, user_id }, index) => {
    if (entry.pts !== after + index + 1)
      throw new StoreDamaged(`the log of ${user_id} has a hole at ${after + index + 1}`);
  });
  return entries;
}
