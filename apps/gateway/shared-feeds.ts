import type { GatewayTimes } from './limits.js';

/** What several sessions follow together. */
interface Feed {
  /** Somebody read that the log has come to there. */
  headSeen(pts: number): void;
  close(): void;
}

/** How far logs have come. */
interface Heads {
  headPts(id: string): Promise<number>;
  /** In bulk: of those, at least, which may have come further since this was asked before, and of those forgotten. */
  changedHeadPts(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  forgetHead(id: string): void;
}

export interface SharedFeedsOptions<F extends Feed> {
  readonly open: (id: string) => Promise<F>;
  readonly heads: Heads;
  /** Whether the head is looked at soon after each session that comes, or after the first alone. */
  readonly checksForEach: boolean;
  readonly times: GatewayTimes;
  readonly onFailure: (error: unknown) => void;
}

/** One feed for each id, kept while somebody holds it. */
export class SharedFeeds<F extends Feed> {
  private readonly feeds = new Map<string, { opened: Promise<F>; holders: number }>();
  private readonly headChecks: NodeJS.Timeout;

  constructor(private readonly options: SharedFeedsOptions<F>) {
    const { head_check_ms } = options.times;
    const checkAll = () => this.checkHeads(this.options.heads.changedHeadPts([...this.feeds.keys()]));
    this.headChecks = setInterval(() => void checkAll(), head_check_ms);
  }

  get size(): number {
    return this.feeds.size;
  }

  /** Every acquired feed is released once. */
  async acquire(id: string): Promise<F> {
    const known = this.feeds.get(id);
    const entry = known ?? { opened: this.options.open(id), holders: 0 };
    if (!known) {
      this.feeds.set(id, entry);
      this.options.heads.forgetHead(id);
    }
    entry.holders += 1;
    if (!known || this.options.checksForEach) this.checkSoon(id);
    try {
      return await entry.opened;
    } catch (error) {
      if (this.feeds.get(id) === entry) this.feeds.delete(id);
      throw error;
    }
  }

  release(id: string, feed: F): void {
    const entry = this.feeds.get(id);
    if (!entry) return;
    entry.holders -= 1;
    if (entry.holders > 0) return;
    this.feeds.delete(id);
    feed.close();
  }

  close(): void {
    clearInterval(this.headChecks);
    for (const { opened } of this.feeds.values())
      void opened.then(
        (feed) => feed.close(),
        () => undefined,
      );
    this.feeds.clear();
  }

  private checkSoon(id: string): void {
    const { heads, times } = this.options;
    const head = async () => new Map([[id, await heads.headPts(id)]]);
    const check = () => void (this.feeds.has(id) && this.checkHeads(head()));
    for (const afterMs of times.first_head_checks_ms) setTimeout(check, afterMs).unref();
  }

  /** Announcements are at most once: what was lost shows as a head that the feed has not reached. */
  private async checkHeads(heads: Promise<ReadonlyMap<string, number>>): Promise<void> {
    const { onFailure } = this.options;
    try {
      for (const [id, pts] of await heads) {
        void this.feeds.get(id)?.opened.then((feed) => feed.headSeen(pts), onFailure);
      }
    } catch (error) {
      onFailure(error);
    }
  }
}
