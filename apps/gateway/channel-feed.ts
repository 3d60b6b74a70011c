import type { Subscription } from '@nats-io/nats-core';
import { unseenUpdate } from '#domain/user-log/index.js';
import type { ChannelUpdate } from '#domain/user-log/update.js';
import { notification } from '#protocol/notifications.js';
import type { ChannelPosition } from '#edge/channel-log.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { readChannelAnnouncement, type AnnouncedChannelUpdate } from '#streams/announcement.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { liveChatSubject } from '#streams/subjects.js';
import { countStep } from './feed-metrics.js';
import { initialJoin, join, type JoinInput, type JoinState } from './join.js';
import { read_retry_ms } from './limits.js';
import { Outgoing } from './outgoing.js';

/** An update of a channel and the messages that carry it, one of each for all sessions. */
export class ChannelFrame {
  private seen: Outgoing | undefined;
  private unseen: Outgoing | undefined;
  readonly heardMs = performance.now();

  constructor(
    private readonly chatId: string,
    readonly item: AnnouncedChannelUpdate,
  ) {}

  /** For who may see what it tells; the other one for who may not. */
  get whole(): Outgoing {
    return (this.seen ??= this.carrying(this.item.update));
  }

  get counted(): Outgoing {
    return (this.unseen ??= this.carrying(unseenUpdate(this.chatId, this.item.pts)));
  }

  private carrying(update: ChannelUpdate): Outgoing {
    const place = { chat_id: this.chatId, chat_pts: this.item.pts, chat_pts_count: 1 } as const;
    return new Outgoing(notification('channel.update', { ...place, update }));
  }
}

export interface ChannelListener {
  readonly receive: (frames: readonly ChannelFrame[]) => void;
  /** So much was missed that it is not brought: the feed goes on after it. */
  readonly jumped: () => void;
}

/** One channel's live updates on this gateway, for all sessions that follow it: announcements joined with the chat's log. */
export class ChannelFeed {
  readonly listeners = new Set<ChannelListener>();
  private state: JoinState<AnnouncedChannelUpdate> = initialJoin;
  private at: ChannelPosition = { pts: 0, sequence: 0 };
  private readonly subscription: Subscription;
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;

  private constructor(
    readonly chatId: string,
    private readonly edge: Pick<EdgeServices, 'nats' | 'channels'>,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.subscription = edge.nats.subscribe(liveChatSubject(chatId), {
      callback: (error, message) => (error ? onFailure(error) : this.announced(message.string())),
    });
  }

  /** Subscribes, makes sure that the server knows, and only then reads the head: what comes later is announced. */
  static async open(
    edge: Pick<EdgeServices, 'nats' | 'channels'>,
    chatId: string,
    onFailure: (error: unknown) => void,
  ): Promise<ChannelFeed> {
    const feed = new ChannelFeed(chatId, edge, onFailure);
    try {
      await edge.nats.flush();
      feed.begin(await feed.head());
      return feed;
    } catch (error) {
      feed.close();
      throw error;
    }
  }

  /** The chat_pts of the last update that listeners were given. */
  get pts(): number {
    return this.at.pts;
  }

  headSeen(pts: number): void {
    this.say({ kind: 'headSeen', head: pts });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.subscription.unsubscribe();
    this.listeners.clear();
  }

  private async head(): Promise<ChannelPosition> {
    const head = await this.edge.channels.head(this.chatId);
    if (head === null) throw new StoreUnavailable('a channel has no head');
    return head;
  }

  private begin({ pts, sequence }: ChannelPosition): void {
    this.at = { pts, sequence };
    this.say({ kind: 'started', head: pts });
  }

  private announced(text: string): void {
    const announcement = readChannelAnnouncement(text);
    if (announcement === null) return this.onFailure(new Error('something else than an announcement came'));
    this.say({ kind: 'announced', announcement });
  }

  private say(input: JoinInput<AnnouncedChannelUpdate>): void {
    const step = join(this.state, input);
    this.state = step.state;
    countStep('channel', input, step);
    this.deliver(step.deliver);
    if (step.fetch) void this.fetch();
  }

  private deliver(items: readonly AnnouncedChannelUpdate[]): void {
    const last = items.at(-1);
    if (last === undefined) return;
    this.at = { pts: last.pts, sequence: last.source.sequence };
    const frames = items.map((item) => new ChannelFrame(this.chatId, item));
    for (const { receive } of this.listeners) receive(frames);
  }

  /** Nothing read (a replica that lags) counts as no answer: asking again at once would not help. */
  private async fetch(): Promise<void> {
    try {
      const items = await this.edge.channels.updatesAfter(this.chatId, this.at);
      if (items === null) return this.jump(await this.head());
      if (items.length > 0) return this.say({ kind: 'fetched', items });
    } catch (error) {
      this.onFailure(error);
    }
    if (this.isClosed) return;
    this.say({ kind: 'failed' });
    this.retry = setTimeout(() => this.headSeen(0), read_retry_ms);
  }

  /** Listeners begin anew where it goes on, and their clients read what is between by themselves. */
  private jump(head: ChannelPosition): void {
    this.state = { ...this.state, fetching: false };
    for (const { jumped } of this.listeners) jumped();
    this.begin(head);
  }
}
