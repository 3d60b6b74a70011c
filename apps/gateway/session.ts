import { closeCodes } from '#protocol/errors.js';
import { pushEnded } from '#observability/message-spans.js';
import { isKept } from '#observability/span.js';
import { sampledSpanOf, type SpanContext } from '#observability/trace.js';
import type { VerifiedAccess } from '#edge/access-token.js';
import type { LogPosition } from '#edge/log-position.js';
import type { EdgeServices } from '#edge/open-edge.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import type { Identity } from '#streams/requests.js';
import type { ChannelFeed } from './channel-feed.js';
import type { Outgoing } from './outgoing.js';
import type { GatewayPresence } from './presence/gateway-presence.js';
import { SessionPresence } from './presence/session-presence.js';
import { Pusher } from './pusher.js';
import type { Guarded } from './session-guard.js';
import { SessionChannels } from './session-channels.js';
import { ephemera, transports } from './session-metrics.js';
import type { OpenSession, SessionConnection } from './session-connection.js';
import type { SharedFeeds } from './shared-feeds.js';
import { Unacknowledged } from './unacknowledged.js';
import type { PushedUpdate, UserFeed } from './user-feed.js';
import type { UserFeeds } from './user-feeds.js';

export interface SessionOptions {
  readonly edge: EdgeServices;
  readonly feeds: UserFeeds;
  readonly channels: SharedFeeds<ChannelFeed>;
  readonly presence: GatewayPresence;
  readonly feed: UserFeed;
  readonly connection: SessionConnection;
  readonly identity: Identity;
  readonly guarded: Guarded;
  readonly unguard: () => void;
  /** Where pushing starts. */
  readonly from: LogPosition;
  /** The log's head when the session was opened. */
  readonly headPts: number;
  /** The client gave a token that the log continues: `updates.caughtUp` is due. */
  readonly isReplay: boolean;
  readonly onFailure: (error: unknown) => void;
}

/** An open session: a device that is pushed its user's log, as long as its access holds. */
export class Session implements OpenSession {
  private readonly pusher: Pusher;
  private readonly unacknowledged: Unacknowledged;
  private readonly channels: SessionChannels;
  readonly presence: SessionPresence;
  private expiry: NodeJS.Timeout | undefined;
  private acknowledging: Promise<unknown> = Promise.resolve();
  private isStarted = false;

  constructor(private readonly options: SessionOptions) {
    const { edge, feed, connection, from, onFailure } = options;
    const onPushed = (update: PushedUpdate) => this.pushed(update);
    const { seen } = connection;
    this.pusher = new Pusher({ edge, feed, outlet: connection, seen, onPushed, onFailure }, from);
    this.unacknowledged = new Unacknowledged(edge.acknowledge, from);
    const { channels, identity } = options;
    this.channels = new SessionChannels({
      edge,
      channels,
      connection,
      identity,
      fromPts: feed.pts,
      onFailure,
    });
    this.presence = new SessionPresence({ presence: options.presence, connection, identity, onFailure });
    feed.listeners.add(this.receive);
    feed.ephemeral.add(this.pass);
    this.renew(options.guarded.access);
    transports[connection.transport].opened();
  }

  /** Once, after `session.open` was answered: nothing is pushed before. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.pusher.start(this.options.headPts, this.options.isReplay);
    this.presence.set('online');
    if (this.options.connection.followsChannels) this.channels.start();
  }

  /** Until this token expires, whatever the one before it would have allowed. */
  renew(access: VerifiedAccess): void {
    clearTimeout(this.expiry);
    const { connection, guarded } = this.options;
    guarded.access = access;
    const end = () => connection.close(closeCodes.access_expired, 'access token expired');
    this.expiry = setTimeout(end, Math.max(0, access.expiresAtMs - Date.now()));
  }

  /** One after the other: each begins where the one before ended. */
  acknowledge(pts: number): Promise<void> {
    const { identity, edge, connection } = this.options;
    const done = this.acknowledging.then(async () => {
      if (pts > this.pusher.pts) await edge.updates.mustReach(connection.identity!.user_id, pts);
      await this.unacknowledged.acknowledgeUpTo(identity, pts);
    });
    this.acknowledging = done.catch(() => undefined);
    return done;
  }

  end(): void {
    const { transport, endedBy } = this.options.connection;
    transports[transport].ended(endedBy);
    clearTimeout(this.expiry);
    this.channels.end();
    this.presence.end();
    this.options.feed.ephemeral.delete(this.pass);
    this.options.unguard();
    this.options.feeds.release(this.options.feed, this.receive);
  }

  /** Looked at before the pusher, which may be far behind: a device that was signed out goes at once. */
  private readonly receive = (updates: readonly PushedUpdate[]): void => {
    this.pusher.receive(updates);
    for (const { item } of updates) this.channels.receive(item.update);
    for (const { item } of updates) {
      this.presence.ownChanged(item);
      this.lookForOwnEnd(item);
    }
  };

  /** What does not last is not kept for whoever cannot take it now. */
  private readonly pass = (message: Outgoing, deviceId?: string): void => {
    const { connection, identity } = this.options;
    const isMine = deviceId === undefined || deviceId === identity.device_id;
    if (!isMine || !this.isStarted) return;
    const isSignal = 'method' in message.message && message.message.method === 'call.signal';
    ephemera[isSignal ? 'call.signal' : 'typing'][connection.isFull ? 'dropped' : 'pushed'].add();
    if (!connection.isFull) connection.send(message);
  };

  private pushed(update: PushedUpdate): void {
    const { connection } = this.options;
    const { item } = update;
    connection.seen.addUpdate(item);
    const span = this.tellPushed(update);
    if (connection.acknowledges) this.unacknowledged.remember(item, span);
  }

  /** What was read from the log instead is in no trace but that of its reading. */
  private tellPushed({ item, heardMs }: PushedUpdate): SpanContext | undefined {
    const announced = sampledSpanOf(item.traceparent);
    if (!isKept(announced)) return undefined;
    const { connection, identity } = this.options;
    const { type, ...update } = item.update;
    const { chat_id, seq } = update as { chat_id?: string; seq?: number };
    const of = { ...identity, pts: item.pts, chat_id, seq };
    const { transport } = connection;
    return pushEnded(announced, { heardMs, update: type, transport, from: 'live.user', of });
  }

  private lookForOwnEnd({ update }: AnnouncedUpdate): void {
    const { identity, connection } = this.options;
    if (update.type === 'device.removed' && update.device_id === identity.device_id)
      connection.close(closeCodes.device_revoked, update.reason ?? 'revoked');
  }
}
