/** The user's own log: where it is, what came after a position, how far a device has stored it; and the snapshot. */
import type { ChatView, MessageView, UpdateNotification } from '#domain/user-log/update.js';
import { Integer, NotBeside, Opaque, Optional, RequiredUnless } from '../fields.js';
import { difference_updates_max, page_items_max } from '../limits.js';
import type { UserView } from './users.js';

export class UpdatesGetStateParams {}
export interface UpdatesGetStateResult {
  readonly pts: number;
  readonly sync_token: string;
  readonly date_ms: number;
}

export class UpdatesGetDifferenceParams {
  @RequiredUnless('pts') @Opaque() sync_token?: string;
  @Optional() @NotBeside('sync_token') @Integer(0) pts?: number;
  @Optional() @Integer(1, difference_updates_max) limit?: number;
}
export interface UpdatesGetDifferenceResult {
  /** `slice`: there is more, call again with the new token. `too_long`: take a snapshot. */
  readonly type: 'difference' | 'slice' | 'empty' | 'too_long';
  readonly updates: readonly UpdateNotification[];
  readonly pts: number;
  readonly sync_token: string;
}

export class UpdatesAckParams {
  @Integer(1) pts!: number;
}
export type UpdatesAckResult = Readonly<Record<never, never>>;

export class SyncSnapshotParams {
  @Optional() @Integer(1, page_items_max) chats_limit?: number;
  @Optional() @Integer(0, page_items_max) messages_limit?: number;
  @Optional() @Opaque() cursor?: string;
}
export interface SyncSnapshotResult {
  readonly pts: number;
  readonly sync_token: string;
  readonly hash: string;
  readonly chats: readonly SnapshotChat[];
  readonly users: readonly UserView[];
  readonly next_cursor?: string;
}
/** `messages`: the latest `messages_limit` that the user may see, ascending by seq. */
export interface SnapshotChat extends ChatView {
  readonly messages: readonly MessageView[];
}
/** What the query answers: the edge makes the token, because it alone knows the log's epoch. */
export interface SyncSnapshotAnswer extends Omit<SyncSnapshotResult, 'sync_token'> {
  /** Of the entry at pts in its USER stream; 0 when pts is 0. */
  readonly sequence: number;
}
