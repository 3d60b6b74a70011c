import type { PresenceView } from '#protocol/methods/presence.js';
import { notification } from '#protocol/notifications.js';
import { nowhere } from '#streams/presence-entry.js';
import type { KnownEntry, PresenceStore } from '#streams/presence-store.js';
import { Outgoing } from '../outgoing.js';
import { offline, presenceIn, samePresence, type EndOf, type Presence } from './presence.js';
import { readSightChanged, type SightChanged } from '#streams/sight-changed.js';

export interface PresenceListener {
  presenceChanged(userId: string): void;
  sightChanged(userId: string, change: SightChanged): void;
}

export interface PresenceFeedOptions {
  readonly store: Pick<PresenceStore, 'entryOf' | 'follow'>;
  readonly endOf: EndOf;
  /** All that are open. */
  readonly open: Set<PresenceFeed>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * One user's presence on this gateway, for all sessions here that watch them: their entry as the store tells it, and which of the
 * gateways in it live. What was lost on the way is found by looking at the entry's place again (SharedFeeds).
 */
export class PresenceFeed {
  readonly listeners = new Set<PresenceListener>();
  private known: KnownEntry = { sequence: 0, entry: nowhere };
  private presence: Presence = offline;
  private message: Outgoing | undefined;
  private unfollow: () => void = () => undefined;
  private isClosed = false;

  private constructor(
    readonly userId: string,
    private readonly options: PresenceFeedOptions,
  ) {}

  /** Follows, makes sure that the server knows, and only then reads: what comes later is told. */
  static async open(userId: string, options: PresenceFeedOptions): Promise<PresenceFeed> {
    const feed = new PresenceFeed(userId, options);
    const { store, open, onFailure } = options;
    open.add(feed);
    const told = {
      stored: (known: KnownEntry) => feed.know(known),
      sightChanged: (text: string) => feed.sightChanged(text),
    };
    try {
      feed.unfollow = await store.follow(userId, told, onFailure);
      feed.know(await store.entryOf(userId));
      return feed;
    } catch (error) {
      feed.close();
      throw error;
    }
  }

  /** As somebody sees it who may, and as everybody else does: as if they had never been here. */
  view(isShown: boolean): PresenceView {
    return { user_id: this.userId, ...(isShown ? this.presence : offline) };
  }

  /** What tells it: one for all who may see it. */
  messageFor(isShown: boolean): Outgoing {
    if (!isShown) return new Outgoing(notification('presence', this.view(false)));
    return (this.message ??= new Outgoing(notification('presence', this.view(true))));
  }

  /** Somebody read that the entry stands there. */
  headSeen(sequence: number): void {
    if (sequence <= this.known.sequence || this.isClosed) return;
    void this.options.store.entryOf(this.userId).then((known) => this.know(known), this.options.onFailure);
  }

  /** The life of one of these has ended, or begun anew. */
  gatewaysChanged(gateways: ReadonlySet<string>): void {
    if (Object.keys(this.known.entry.at).some((gateway) => gateways.has(gateway))) this.look();
  }

  close(): void {
    this.isClosed = true;
    this.options.open.delete(this);
    this.unfollow();
    this.listeners.clear();
  }

  private know(known: KnownEntry): void {
    if (known.sequence <= this.known.sequence || this.isClosed) return;
    this.known = known;
    this.look();
  }

  private look(): void {
    const presence = presenceIn(this.known.entry, this.options.endOf);
    if (samePresence(presence, this.presence)) return;
    this.presence = presence;
    this.message = undefined;
    for (const listener of this.listeners) listener.presenceChanged(this.userId);
  }

  private sightChanged(text: string): void {
    const change = readSightChanged(text);
    if (change === null) return this.options.onFailure(new Error('something else than a changed sight came'));
    for (const listener of this.listeners) listener.sightChanged(this.userId, change);
  }
}
