import type { Update } from '#domain/user-log/update.js';
import type { LogChannelsResult } from '#protocol/internal-requests.js';
import { channels_followed_max } from '#protocol/limits.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { nothingSeen, type Identity } from '#streams/requests.js';
import type { ChannelFeed } from './channel-feed.js';
import { ChannelOutbox } from './channel-outbox.js';
import { ChannelSubscription } from './channel-subscription.js';
import { read_retry_ms } from './limits.js';
import type { SessionConnection } from './session-connection.js';
import type { SharedFeeds } from './shared-feeds.js';

const opened_at_once_max = 16;
const retry_doublings_max = 5;

export interface SessionChannelsOptions {
  readonly edge: EdgeServices;
  readonly channels: SharedFeeds<ChannelFeed>;
  readonly connection: SessionConnection;
  readonly identity: Identity;
  /** Up to there the user's feed had let out when the session began to listen to it. */
  readonly fromPts: number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The channels that one session follows: those that its user is in when it begins, and those that their own log tells of
 * while it goes on. The list is a read model's; who is admitted, the channel's own log says (ChannelSubscription).
 */
export class SessionChannels {
  private readonly followed = new Map<string, ChannelSubscription>();
  /** Changes of one channel are made one after the other. */
  private readonly turns = new Map<string, Promise<void>>();
  private readonly outbox: ChannelOutbox;
  private early: Update[] | null = [];
  private isOver = false;

  constructor(private readonly options: SessionChannelsOptions) {
    const { connection } = options;
    this.outbox = new ChannelOutbox(connection, connection.seen);
  }

  start(): void {
    const early = this.early ?? [];
    this.early = null;
    void this.followAll();
    for (const update of early) this.receive(update);
  }

  /** What the user's feed lets out, whether or not it was pushed to this session yet. */
  receive(update: Update): void {
    if (this.early !== null) return void (isAboutChannels(update) && this.early.push(update));
    if (update.type === 'chat.removed') {
      this.followed.get(update.chat_id)?.removed(update.chat_pts);
    } else if (isAboutChannels(update) && 'chat_id' in update) {
      void this.follow(update.chat_id, update.chat_pts);
    }
  }

  end(): void {
    this.isOver = true;
    this.outbox.close();
    for (const chatId of this.followed.keys()) this.leave(chatId);
  }

  private async followAll(): Promise<void> {
    for (let attempt = 0; !this.isOver; attempt++) {
      const chatIds = await this.listed();
      if (chatIds !== null) {
        for (let from = 0; from < chatIds.length; from += opened_at_once_max) {
          const some = chatIds.slice(from, from + opened_at_once_max);
          await Promise.all(some.map((chatId) => this.follow(chatId, 0)));
        }
        return;
      }
      await delay(read_retry_ms * 2 ** Math.min(attempt, retry_doublings_max));
    }
  }

  /** Null: nobody answers, or not from as far as what comes live begins. */
  private async listed(): Promise<readonly string[] | null> {
    const { edge, identity, fromPts } = this.options;
    const reply = await edge.ask.query('log.channels', { identity, params: {}, seen: nothingSeen });
    if ('error' in reply) return null;
    const { pts, chat_ids } = reply.result as unknown as LogChannelsResult;
    return pts >= fromPts ? chat_ids : null;
  }

  /** `since`: the user came into the channel there, or it became one; following from later is enough. */
  private follow(chatId: string, since: number): Promise<void> {
    const turn = (this.turns.get(chatId) ?? Promise.resolve())
      .then(() => this.join(chatId, since))
      .finally(() => {
        if (this.turns.get(chatId) === turn) this.turns.delete(chatId);
      });
    this.turns.set(chatId, turn);
    return turn;
  }

  private async join(chatId: string, since: number): Promise<void> {
    const { onFailure } = this.options;
    while (!this.isOver) {
      const present = this.followed.get(chatId);
      if (present && !present.isOver && present.after >= since) return;
      this.leave(chatId);
      if (this.followed.size >= channels_followed_max) return;
      try {
        return await this.tryToJoin(chatId);
      } catch (error) {
        onFailure(error);
        await delay(read_retry_ms);
      }
    }
  }

  private async tryToJoin(chatId: string): Promise<void> {
    const { edge, channels, connection, identity } = this.options;
    const feed = await channels.acquire(chatId);
    const subscription = new ChannelSubscription(feed, identity.user_id, this.outbox, {
      removed: () => this.leave(chatId),
      lost: () => void this.follow(chatId, 0),
    });
    this.followed.set(chatId, subscription);
    try {
      const head = await edge.channels.head(chatId);
      const isIn = head !== null && !this.isOver && subscription.admit(head);
      if (!isIn) return this.leave(chatId);
      connection.seen.add({ projected: { [head.stream]: head.sequence }, logged: {} });
    } catch (error) {
      this.leave(chatId);
      throw error;
    }
  }

  private leave(chatId: string): void {
    const subscription = this.followed.get(chatId);
    if (!subscription) return;
    this.followed.delete(chatId);
    this.outbox.forget(chatId);
    subscription.end();
    this.options.channels.release(chatId, subscription.feed);
  }
}

function isAboutChannels(update: Update): boolean {
  if (update.type === 'chat.new') return update.chat.kind === 'channel';
  return update.type === 'chat.removed' || (update.type === 'chat.changed' && update.kind === 'channel');
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
