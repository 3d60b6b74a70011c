/** What the server tells without being asked, by method: JSON-RPC notifications, and the events of other transports. */
import type { CallSignal } from './methods/calls.js';
import type { PresenceView } from './methods/presence.js';
import type { TypingAction } from './methods/typing.js';
import type { ChannelNotification, UpdateNotification } from '#domain/user-log/update.js';

export interface Notifications {
  update: UpdateNotification;
  /** Once, when everything after the given token was sent; live updates follow. */
  'updates.caughtUp': { readonly pts: number; readonly sync_token: string; readonly hash: string };
  /** The next of a channel's own log, to who is in it. */
  'channel.update': ChannelNotification;
  /** The channel has come to there: who is not, asks `channels.getDifference`. */
  'channel.behind': { readonly chat_id: string; readonly chat_pts: number };
  /** The server goes down: reconnect, not before this time. */
  'session.draining': { readonly reconnect_after_ms: number };
  /** Ephemeral: what somebody is doing in a chat, until then or until the next. */
  typing: {
    readonly chat_id: string;
    readonly user_id: string;
    readonly action: TypingAction;
    readonly expires_in_ms: number;
  };
  /** Ephemeral: what the device at the other end of a call says to this one. */
  'call.signal': CallSignal;
  /** Ephemeral, of those whom the session watches: how it is now. */
  presence: PresenceView;
}

/** What event streams say beside it, because they have neither answers nor close codes. */
export interface StreamNotifications extends Notifications {
  /** First: the log cannot be continued from the given token. Take a snapshot; live updates follow. */
  'updates.tooLong': { readonly pts: number; readonly sync_token: string };
  /** Last: why, by the catalogue of close codes. */
  'session.closed': { readonly close_code: number; readonly reason: string };
}

export interface Notification<M extends keyof StreamNotifications = keyof StreamNotifications> {
  readonly jsonrpc: '2.0';
  readonly method: M;
  readonly params: StreamNotifications[M];
}

export const notification = <M extends keyof StreamNotifications>(
  method: M,
  params: StreamNotifications[M],
): Notification<M> => ({ jsonrpc: '2.0', method, params });
