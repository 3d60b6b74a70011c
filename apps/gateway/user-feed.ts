import type { Subscription } from '@nats-io/nats-core';
import { notification } from '#protocol/notifications.js';
import { readEphemeral } from './read-ephemeral.js';
import type { LogPosition } from '#edge/log-position.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { readAnnouncement, type AnnouncedUpdate } from '#streams/announcement.js';
import { ephemeralUserSubject, liveUserSubject } from '#streams/subjects.js';
import { countStep, measureDelivery } from './feed-metrics.js';
import { initialJoin, join, type JoinInput, type JoinState } from './join.js';
import { catch_up_updates_max, read_retry_ms } from './limits.js';
import { Outgoing } from './outgoing.js';

/** An update and the message that carries it, one for all sessions of the user. */
export interface PushedUpdate {
  readonly item: AnnouncedUpdate;
  readonly message: Outgoing;
  /** When it was announced here, by performance.now(). */
  readonly heardMs: number;
}
export type FeedListener = (updates: readonly PushedUpdate[]) => void;
/** Of what is true for a moment and kept nowhere; with a device, it is for that one alone. */
export type EphemeralListener = (message: Outgoing, deviceId: string | undefined) => void;

export const pushedUpdate = (
  { tokens }: Pick<EdgeServices, 'tokens'>,
  userId: string,
  epoch: number,
  item: AnnouncedUpdate,
): PushedUpdate => ({
  item,
  heardMs: performance.now(),
  message: new Outgoing(notification('update', tokens.notification(userId, epoch, item))),
});

/**
 * One user's live updates on this gateway, for all sessions of theirs: announcements joined with the log (join.ts), so
 * that listeners are given every update after `position`, each once, in order.
 */
export class UserFeed {
  readonly listeners = new Set<FeedListener>();
  readonly ephemeral = new Set<EphemeralListener>();
  private state: JoinState = initialJoin;
  private at: LogPosition | null = null;
  private readonly subscriptions: readonly Subscription[];
  private retry: NodeJS.Timeout | undefined;

  private constructor(
    readonly userId: string,
    readonly epoch: number,
    private readonly edge: EdgeServices,
    private readonly onFailure: (error: unknown) => void,
  ) {
    const hear = (subject: string, heard: (text: string) => void): Subscription =>
      edge.nats.subscribe(subject, {
        callback: (error, message) => (error ? onFailure(error) : heard(message.string())),
      });
    this.subscriptions = [
      hear(liveUserSubject(userId), (text) => this.announced(text)),
      hear(ephemeralUserSubject(userId), (text) => this.passed(text)),
    ];
  }

  /** Subscribes, makes sure that the server knows, and only then reads the head: what comes later is announced. */
  static async open(
    edge: EdgeServices,
    userId: string,
    onFailure: (error: unknown) => void,
  ): Promise<UserFeed> {
    const feed = new UserFeed(userId, await edge.epochOf(userId), edge, onFailure);
    try {
      await edge.nats.flush();
      const head = await edge.catchUp.reader.head(userId);
      feed.at = head;
      feed.say({ kind: 'started', head: head.pts });
      return feed;
    } catch (error) {
      feed.close();
      throw error;
    }
  }

  /** The pts of the last update that listeners were given. */
  get pts(): number {
    return this.at!.pts;
  }

  headSeen(pts: number): void {
    this.say({ kind: 'headSeen', head: pts });
  }

  close(): void {
    clearTimeout(this.retry);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.listeners.clear();
    this.ephemeral.clear();
  }

  /** What is none must not end the connection, as a throw from here would; what was lost by it shows at the next look. */
  private announced(text: string): void {
    const announcement = readAnnouncement(text);
    if (announcement === null) return this.onFailure(new Error('something else than an announcement came'));
    this.say({ kind: 'announced', announcement });
    const last = announcement.items.at(-1);
    if (last !== undefined) measureDelivery(last.date_ms);
  }

  private passed(text: string): void {
    const ephemeral = readEphemeral(text);
    if (ephemeral === null) return this.onFailure(new Error('something else than what is true now came'));
    const message = new Outgoing(ephemeral.told);
    for (const listener of this.ephemeral) listener(message, ephemeral.device_id);
  }

  private say(input: JoinInput): void {
    const step = join(this.state, input);
    this.state = step.state;
    countStep('user', input, step);
    this.deliver(step.deliver);
    if (step.fetch) void this.fetch();
  }

  private deliver(items: readonly AnnouncedUpdate[]): void {
    const last = items.at(-1);
    if (last === undefined) return;
    this.at = { pts: last.pts, sequence: last.sequence, hash: last.hash, dateMs: last.date_ms };
    const updates = items.map((item) => pushedUpdate(this.edge, this.userId, this.epoch, item));
    for (const listener of this.listeners) listener(updates);
  }

  /** An answer without entries (a replica that lags) counts as none: asking again at once would not help. */
  private async fetch(): Promise<void> {
    try {
      const { items } = await this.edge.catchUp.updatesAfter(this.userId, this.at!, catch_up_updates_max);
      if (items.length > 0) return this.say({ kind: 'fetched', items });
    } catch (error) {
      this.onFailure(error);
    }
    this.say({ kind: 'failed' });
    this.retry = setTimeout(() => this.headSeen(0), read_retry_ms);
  }
}
