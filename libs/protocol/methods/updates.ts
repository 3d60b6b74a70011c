/** The user's own log: where it is, what came after a position, how far a device has stored it; and the snapshot. */
import type { Privacy } from '#domain/account/events.js';
import type { Contact } from '#domain/account/state.js';
import type { ChatView, MessageView, UpdateNotification } from '#domain/user-log/update.js';
import { isUuid } from '#domain/kernel/ids.js';
import type { ApplicationError } from '../errors.js';
import { Field, Id, Integer, NotBeside, Opaque, Optional, RequiredUnless } from '../fields.js';
import { difference_updates_max, page_items_max, snapshot_chats_max, watermarks_max } from '../limits.js';
import { NestedByName } from '../validate.js';
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
  /** Not needed: an acknowledgement is cumulative. */
  @Optional() @Id() client_request_id?: string;
}
export type UpdatesAckResult = Readonly<Record<never, never>>;

export class SyncSnapshotParams {
  @Optional() @Integer(1, snapshot_chats_max) chats_limit?: number;
  @Optional() @Integer(0, page_items_max) messages_limit?: number;
  @Optional() @Opaque() cursor?: string;
}
export interface SyncSnapshotResult {
  readonly pts: number;
  readonly sync_token: string;
  readonly hash: string;
  readonly chats: readonly SnapshotChat[];
  /** Whoever is met in this page, and the user. */
  readonly users: readonly UserView[];
  /** After the chats: whom this user calls what; empty is by their own name. */
  readonly contacts: readonly Contact[];
  readonly privacy: Privacy;
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

export class WatermarkParams {
  /** 0: no message is held. */
  @RequiredUnless('chat_pts') @Integer(0) seq?: number;
  @Optional() @NotBeside('seq') @Integer(0) chat_pts?: number;
}

const areChats = (value: unknown): boolean => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const ids = Object.keys(value);
  return ids.length >= 1 && ids.length <= watermarks_max && ids.every(isUuid);
};

/** Up to where the caller holds each chat. */
export class SyncChatsParams {
  @Field(`1 to ${watermarks_max} watermarks by chat_id`, areChats)
  @NestedByName('{seq} or {chat_pts}', WatermarkParams)
  watermarks!: Readonly<Record<string, WatermarkParams>>;
  /** Messages a chat. */
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface SyncChatsResult {
  /** Every chat asked for. */
  readonly chats: Readonly<Record<string, ChatSince | ChatNotTold>>;
}
export interface ChatSince {
  /** Ascending by seq. Asked by `chat_pts`: those sent since, each as it is now. */
  readonly messages: readonly MessageView[];
  /** Asked by `chat_pts`: older messages edited, deleted or reacted to since, as they are now, ascending by seq. */
  readonly changed?: readonly MessageView[];
  readonly last_seq: number;
  /** Of the chat; with `more`, asked by `chat_pts`: up to where this answer tells everything, the next watermark. */
  readonly chat_pts: number;
  /** Ask again: by `seq` after the last of `messages`, by `chat_pts` after this `chat_pts`. */
  readonly more: boolean;
}
/** NOT_A_MEMBER, whether the chat exists or not, or PTS_FROM_FUTURE for a watermark beyond the chat's end. */
export interface ChatNotTold {
  readonly error: ApplicationError;
}
