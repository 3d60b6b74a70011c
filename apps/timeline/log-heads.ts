import { LRUCache } from 'lru-cache';
import { watchCache } from '#observability/caches.js';
import { cacheRoom } from '#process/cache-room.js';
import type { UserLog } from '#streams/user-log.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { emptyLog, type LogHead } from './plan-batch.js';

const heads_cached_max = 100_000;

/**
 * Where the logs of a stream's users stand, as the writer reckons. What is in flight is never forgotten; the rest is
 * bounded, and what fell out is read from the store, which checks it again with the next entry (`LogHead.wasRead`).
 */
export class LogHeads {
  private readonly inFlight = new Map<string, LogHead>();
  private readonly stored = new LRUCache<string, LogHead>({ max: cacheRoom(heads_cached_max) });
  private readonly looked = watchCache('heads', this.stored);

  constructor(
    private readonly log: UserLog,
    private readonly stream: string,
    scanned: ReadonlyMap<string, LogHead>,
  ) {
    this.confirm(scanned);
  }

  /** The heads of all these users; the missing ones by one read for up to 1024 of them. */
  async of(userIds: ReadonlySet<string>): Promise<Map<string, LogHead>> {
    const known = new Map<string, LogHead>();
    const missing: string[] = [];
    for (const userId of userIds) {
      const head = this.inFlight.get(userId) ?? this.stored.get(userId);
      this.looked(head !== undefined);
      if (head === undefined) missing.push(userId);
      else known.set(userId, head);
    }
    const read =
      missing.length > 0 ? await this.log.heads(this.stream, missing) : new Map<string, StoredEntry>();
    for (const userId of missing) {
      const head = read.get(userId);
      known.set(userId, head === undefined ? emptyLog : headRead(head));
    }
    return known;
  }

  /** A batch is on its way. */
  sent(heads: ReadonlyMap<string, LogHead>): void {
    for (const [userId, head] of heads) this.inFlight.set(userId, head);
  }

  /** The store has it. */
  confirm(heads: ReadonlyMap<string, LogHead>): void {
    for (const [userId, head] of heads) {
      this.stored.set(userId, head);
      if (this.inFlight.get(userId) === head) this.inFlight.delete(userId);
    }
  }
}

const headRead = ({ entry: { pts, hash }, sequence }: StoredEntry): LogHead => ({
  pts,
  hash,
  sequence,
  wasRead: true,
});
