import type { EdgeServices } from '#edge/open-edge.js';
import type { GatewayTimes } from './limits.js';
import { UserFeed, type FeedListener } from './user-feed.js';

/** The feeds of the users that are connected here: one subscription a user, kept while there is a session of theirs. */
export class UserFeeds {
  private readonly feeds = new Map<string, { opened: Promise<UserFeed>; holders: number }>();
  private readonly headChecks: NodeJS.Timeout;

  constructor(
    private readonly edge: EdgeServices,
    private readonly times: GatewayTimes,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.headChecks = setInterval(() => void this.checkHeads([...this.feeds.keys()]), times.head_check_ms);
  }

  /** Every acquired feed is released once. */
  async acquire(userId: string): Promise<UserFeed> {
    const known = this.feeds.get(userId);
    const entry = known ?? { opened: UserFeed.open(this.edge, userId, this.onFailure), holders: 0 };
    if (!known) this.feeds.set(userId, entry);
    entry.holders += 1;
    for (const afterMs of this.times.first_head_checks_ms)
      setTimeout(() => void this.checkHeads([userId]), afterMs).unref();
    try {
      return await entry.opened;
    } catch (error) {
      if (this.feeds.get(userId) === entry) this.feeds.delete(userId);
      throw error;
    }
  }

  release(feed: UserFeed, listener: FeedListener): void {
    feed.listeners.delete(listener);
    const entry = this.feeds.get(feed.userId);
    if (!entry) return;
    entry.holders -= 1;
    if (entry.holders > 0) return;
    this.feeds.delete(feed.userId);
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

  /** Announcements are at most once: what was lost shows as a head that the feed has not reached. */
  private async checkHeads(userIds: readonly string[]): Promise<void> {
    const connected = userIds.filter((userId) => this.feeds.has(userId));
    if (connected.length === 0) return;
    try {
      const heads = await this.edge.catchUp.reader.headPts(connected);
      for (const [userId, pts] of heads) {
        void this.feeds.get(userId)?.opened.then((feed) => feed.headSeen(pts), this.onFailure);
      }
    } catch (error) {
      this.onFailure(error);
    }
  }
}
