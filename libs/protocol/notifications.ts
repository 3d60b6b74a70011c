/** What the server tells without being asked, by method: JSON-RPC notifications, and the events of other transports. */
import type { UpdateNotification } from '#domain/user-log/update.js';

export interface Notifications {
  update: UpdateNotification;
  /** Once, when everything after the given token was sent; live updates follow. */
  'updates.caughtUp': { readonly pts: number; readonly sync_token: string; readonly hash: string };
  /** The server goes down: reconnect, not before this time. */
  'session.draining': { readonly reconnect_after_ms: number };
}

export interface Notification<M extends keyof Notifications = keyof Notifications> {
  readonly jsonrpc: '2.0';
  readonly method: M;
  readonly params: Notifications[M];
}

export const notification = <M extends keyof Notifications>(
  method: M,
  params: Notifications[M],
): Notification<M> => ({ jsonrpc: '2.0', method, params });
