import { setImmediate } from 'node:timers/promises';
import { observe } from '#observability/metrics.js';
import { replied } from '#edge/ask.js';
import type { EdgeServices } from '#edge/open-edge.js';
import type { LastSeenShownResult } from '#protocol/internal-requests.js';
import { Refusal } from '#protocol/refusal.js';
import { connectNats } from '#streams/connection.js';
import { PresenceStore } from '#streams/presence-store.js';
import type { Identity, SeenPositions } from '#streams/requests.js';
import type { GatewayTimes } from '../limits.js';
import { SharedFeeds } from '../shared-feeds.js';
import { Gateways } from './gateways.js';
import { Here } from './here.js';
import { PresenceFeed } from './presence-feed.js';

/** Users whom somebody here watches: two subscriptions and about a kilobyte each. */
const watched_users_max = 50_000;
/** Looked at in one go when a gateway is gone, before others have their turn. */
const looked_at_once_max = 500;

export interface PresenceOptions {
  readonly edge: Pick<EdgeServices, 'ask'>;
  readonly times: GatewayTimes;
  readonly onFailure: (error: unknown) => void;
}

export interface GatewayPresenceOptions extends PresenceOptions {
  readonly natsUrl: string;
}

/** Where it is kept. */
export type PresenceKept = Pick<
  PresenceStore,
  'entryOf' | 'write' | 'beat' | 'beatsAfter' | 'follow' | 'close'
>;

/** All that this gateway has to do with presence: who is here, which gateways live, and whom its sessions watch. */
export class GatewayPresence {
  private readonly open = new Set<PresenceFeed>();
  private readonly feeds: SharedFeeds<PresenceFeed>;
  readonly here: Here;
  private readonly unobserve: () => void;

  private constructor(
    private readonly store: PresenceKept,
    private readonly gateways: Gateways,
    private readonly options: PresenceOptions,
  ) {
    const { times, onFailure } = options;
    const { endOf } = gateways;
    const { presence_checks_ms: first_head_checks_ms, presence_check_ms: head_check_ms } = times;
    this.here = new Here({
      store,
      gateway: gateways,
      endOf,
      offline_after_ms: times.offline_after_ms,
      onFailure,
    });
    this.feeds = new SharedFeeds<PresenceFeed>({
      open: (userId) => PresenceFeed.open(userId, { store, endOf, open: this.open, onFailure }),
      heads: {
        headPts: (userId) => this.placeOf(userId),
        changedHeadPts: (userIds) => this.places(userIds),
        forgetHead: () => undefined,
      },
      checksForEach: false,
      times: { ...times, first_head_checks_ms, head_check_ms },
      onFailure,
    });
    this.unobserve = observe('odnix.gateway.presence.watched', () => [[{}, this.feeds.size]]);
  }

  static async open({ natsUrl, ...options }: GatewayPresenceOptions): Promise<GatewayPresence> {
    const nats = await connectNats(natsUrl, { name: 'gateway-presence' });
    return GatewayPresence.on(new PresenceStore(nats), options);
  }

  static async on(store: PresenceKept, options: PresenceOptions): Promise<GatewayPresence> {
    const opened: { presence?: GatewayPresence } = {};
    const gateways = await Gateways.open({
      store,
      life_ms: options.times.offline_after_ms,
      onChanged: (changed) => void opened.presence?.gatewaysChanged(new Set(changed)),
      onSilent: () => opened.presence?.here.assertAll(),
      onFailure: options.onFailure,
    });
    return (opened.presence = new GatewayPresence(store, gateways, options));
  }

  /** Every acquired feed is released once. */
  async acquire(userId: string): Promise<PresenceFeed> {
    if (this.feeds.size >= watched_users_max) throw new Refusal('BUSY');
    return this.feeds.acquire(userId);
  }

  release(feed: PresenceFeed): void {
    this.feeds.release(feed.userId, feed);
  }

  /**
   * Those of them whom this user may see, and who may see this user: of all privacy this is the one question (docs/settings.md). The
   * answer stands on what their session has seen. Throws a Refusal.
   */
  async shown(
    identity: Identity,
    user_ids: readonly string[],
    seen: SeenPositions,
  ): Promise<ReadonlySet<string>> {
    if (user_ids.length === 0) return new Set();
    const request = { identity, params: { user_ids }, seen };
    const result = replied(await this.options.edge.ask.query('lastSeen.shown', request));
    return new Set((result as unknown as LastSeenShownResult).user_ids);
  }

  async close(): Promise<void> {
    this.unobserve();
    this.here.close();
    this.feeds.close();
    await this.gateways.close();
    await this.store.close();
  }

  /** Where the entry stands. */
  private async placeOf(userId: string): Promise<number> {
    return (await this.store.entryOf(userId)).sequence;
  }

  private async places(userIds: readonly string[]): Promise<Map<string, number>> {
    const known = userIds.map(async (userId) => [userId, await this.placeOf(userId)] as const);
    return new Map(await Promise.all(known));
  }

  private async gatewaysChanged(gateways: ReadonlySet<string>): Promise<void> {
    let looked = 0;
    for (const feed of this.open) {
      feed.gatewaysChanged(gateways);
      looked += 1;
      if (looked % looked_at_once_max === 0) await setImmediate();
    }
  }
}
