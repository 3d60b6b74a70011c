import type { EdgeServices } from '#edge/open-edge.js';
import type { GatewayTimes } from './limits.js';
import { SharedFeeds } from './shared-feeds.js';
import { UserFeed, type FeedListener } from './user-feed.js';

/** The feeds of the users that are connected here: one subscription a user, kept while there is a session of theirs. */
export class UserFeeds {
  private readonly shared: SharedFeeds<UserFeed>;

  constructor(edge: EdgeServices, times: GatewayTimes, onFailure: (error: unknown) => void) {
    this.shared = new SharedFeeds<UserFeed>({
      open: (userId) => UserFeed.open(edge, userId, onFailure),
      heads: edge.catchUp.reader,
      checksForEach: true,
      times,
      onFailure,
    });
  }

  /** Every acquired feed is released once. */
  acquire(userId: string): Promise<UserFeed> {
    return this.shared.acquire(userId);
  }

  release(feed: UserFeed, listener: FeedListener): void {
    feed.listeners.delete(listener);
    this.shared.release(feed.userId, feed);
  }

  close(): void {
    this.shared.close();
  }
}
