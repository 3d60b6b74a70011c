import type { SessionSeen } from '#edge/seen.js';
import type { PresenceStatus, PresenceView, PresenceWatchResult } from '#protocol/methods/presence.js';
import { Refusal } from '#protocol/refusal.js';
import { mergeSeen, nothingSeen, type Identity, type SeenPositions } from '#streams/requests.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { SightChanged } from '#streams/sight-changed.js';
import { sights_check_ms, sights_check_spread, sights_retry_ms, sights_spread_ms_max } from '../limits.js';
import type { Outlet } from '../pusher.js';
import { ephemera } from '../session-metrics.js';
import type { GatewayPresence } from './gateway-presence.js';
import type { PresenceFeed, PresenceListener } from './presence-feed.js';

export interface SessionPresenceOptions {
  readonly presence: Pick<GatewayPresence, 'acquire' | 'release' | 'shown' | 'here'>;
  readonly connection: Outlet & { readonly seen: SessionSeen };
  readonly identity: Identity;
  readonly onFailure: (error: unknown) => void;
}

interface Watched {
  readonly feed: PresenceFeed;
  /** The user of this session may see them. */
  isShown: boolean;
  /** What the client was told last. */
  told: PresenceView;
}

/**
 * What one session is told of others' presence, and what it says of its own user's. A client that does not read is told nothing
 * meanwhile and then how things are: what waits for it is never more than its list.
 */
export class SessionPresence implements PresenceListener {
  private watched = new Map<string, Watched>();
  private changing: Promise<unknown> = Promise.resolve();
  private readonly late = new Set<string>();
  private isTellingLate = false;
  private status: PresenceStatus = 'offline';
  private check: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(private readonly options: SessionPresenceOptions) {}

  /** Of this session alone. */
  set(status: PresenceStatus): void {
    if (this.isOver || status === this.status) return;
    this.status = status;
    const { presence, identity } = this.options;
    if (status === 'online') presence.here.arrive(identity.user_id);
    else presence.here.leave(identity.user_id);
  }

  /** In place of those watched before, who stay when this is refused. One list after the other. */
  watch(userIds: readonly string[]): Promise<PresenceWatchResult> {
    const changed = this.changing.then(() => this.replace(userIds));
    this.changing = changed.catch(() => undefined);
    return changed;
  }

  end(): void {
    this.set('offline');
    this.isOver = true;
    clearTimeout(this.check);
    for (const userId of this.watched.keys()) this.forget(userId);
  }

  presenceChanged(userId: string): void {
    const watched = this.watched.get(userId);
    if (watched) this.tell(userId, watched);
  }

  /** Somebody who is watched lets this user see more, or less. Of one who has many watchers not all ask at once. */
  sightChanged(userId: string, { viewer_id, projected }: SightChanged): void {
    const look = (): void => this.lookAgain([userId], { projected, logged: {} }, true);
    if (viewer_id === this.options.identity.user_id) look();
    else if (viewer_id === undefined) setTimeout(look, Math.random() * sights_spread_ms_max).unref();
  }

  /** This user lets others see more, or less, and so sees more of them, or less. */
  ownChanged({ update, source }: Pick<AnnouncedUpdate, 'update' | 'source'>): void {
    const { type } = update;
    const isOfOne = type === 'user.blocked' || type === 'user.unblocked' || type === 'contact.changed';
    if (!isOfOne && type !== 'privacy.changed') return;
    const watched = [...this.watched.keys()].filter((userId) => !isOfOne || userId === update.user_id);
    this.lookAgain(watched, { projected: { [source.stream]: source.sequence }, logged: {} }, true);
  }

  private async replace(userIds: readonly string[]): Promise<PresenceWatchResult> {
    const added = await this.acquired(userIds.filter((userId) => !this.watched.has(userId)));
    // Followed from here on, and shown to nobody before it is known what may be shown.
    for (const feed of added) this.add(feed);
    try {
      await this.learnSights(userIds);
    } catch (error) {
      for (const { userId } of added) this.forget(userId);
      throw error;
    }
    if (this.isOver) throw new Refusal('UNAVAILABLE');
    const listed = new Set(userIds);
    for (const userId of this.watched.keys()) if (!listed.has(userId)) this.forget(userId);
    this.checkIn(sights_check_ms);
    const all = userIds.map((userId) => this.watched.get(userId)!);
    for (const watched of all) watched.told = watched.feed.view(watched.isShown);
    return { presence: all.map(({ told }) => told) };
  }

  /** All of them or none. */
  private async acquired(userIds: readonly string[]): Promise<readonly PresenceFeed[]> {
    const { presence } = this.options;
    const results = await Promise.allSettled(userIds.map((userId) => presence.acquire(userId)));
    const feeds = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return feeds;
    for (const feed of feeds) presence.release(feed);
    throw failed.reason;
  }

  private add(feed: PresenceFeed): void {
    if (this.isOver) return this.options.presence.release(feed);
    feed.listeners.add(this);
    this.watched.set(feed.userId, { feed, isShown: false, told: feed.view(false) });
  }

  private forget(userId: string): void {
    const feed = this.watched.get(userId)?.feed;
    if (!feed) return;
    this.watched.delete(userId);
    this.late.delete(userId);
    feed.listeners.delete(this);
    this.options.presence.release(feed);
  }

  private tell(userId: string, watched: Watched): void {
    const { connection } = this.options;
    const { feed, isShown, told } = watched;
    const view = feed.view(isShown);
    if (view.status === told.status && view.last_seen_ms === told.last_seen_ms) return;
    if (connection.isFull) {
      ephemera.presence.dropped.add();
      return this.tellLater(userId);
    }
    watched.told = view;
    ephemera.presence.pushed.add();
    connection.send(feed.messageFor(isShown));
  }

  private tellLater(userId: string): void {
    this.late.add(userId);
    if (this.isTellingLate) return;
    this.isTellingLate = true;
    void this.options.connection.drained().then((hasRoom) => {
      this.isTellingLate = false;
      const late = [...this.late];
      this.late.clear();
      if (hasRoom) for (const one of late) this.presenceChanged(one);
    });
  }

  /** Should it not have been told that somebody may see less. Not of all sessions at once. */
  private checkIn(waitMs: number): void {
    clearTimeout(this.check);
    if (this.watched.size === 0 || this.isOver) return;
    const spreadMs = waitMs * (1 - sights_check_spread * Math.random());
    this.check = setTimeout(() => this.lookAgain([...this.watched.keys()], nothingSeen), spreadMs);
  }

  /** After what is under way: what is learnt later counts. What cannot be learnt after a change is not shown. */
  private lookAgain(userIds: readonly string[], seen: SeenPositions, isChanged = false): void {
    if (userIds.length === 0) return;
    this.changing = this.changing.then(async () => {
      try {
        await this.learnSights(userIds, seen);
        this.checkIn(sights_check_ms);
      } catch (error) {
        this.options.onFailure(error);
        for (const userId of isChanged ? userIds : []) this.show(userId, false);
        this.checkIn(sights_retry_ms);
      }
      for (const userId of userIds) this.presenceChanged(userId);
    });
  }

  private async learnSights(userIds: readonly string[], seen = nothingSeen): Promise<void> {
    const { presence, connection, identity } = this.options;
    const shown = await presence.shown(identity, userIds, mergeSeen(connection.seen.positions, seen));
    for (const userId of userIds) this.show(userId, shown.has(userId));
  }

  private show(userId: string, isShown: boolean): void {
    const watched = this.watched.get(userId);
    if (watched) watched.isShown = isShown;
  }
}
