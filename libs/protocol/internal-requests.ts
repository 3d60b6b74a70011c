/**
 * Requests between apps that no client can make: the edge sends them to command and query handlers, over the same
 * subjects as the wire's methods. Handlers validate them like any other.
 */
import type { DeviceType, RevokedReason, SignInFailed } from '#domain/account/events.js';
import type { MessageIdentity } from '#domain/chat/events.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import type { Cursor } from '#domain/receipt/events.js';
import { cursors_max } from '#domain/receipt/events.js';
import { Field, Flag, Id, Ids, Integer, Integers, isArray, OneOf, Optional, Text } from './fields.js';
import {
  delete_seqs_max,
  difference_updates_max,
  display_name_chars_max,
  request_ids_max,
} from './limits.js';
import { Nested } from './validate.js';

export const device_name_chars_max = 64;

const KeyedHash = (): PropertyDecorator =>
  Field('64 hex digits', (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value));

/**
 * Target account, aggregate id: the phone's hash. Takes the phone for `user_id` unless somebody has it. Accepted and
 * repeated alike answer who has it.
 */
export class PhoneClaimParams {
  @KeyedHash() phone_hash!: string;
  @Id() user_id!: string;
}
export interface PhoneClaimResult {
  readonly user_id: string;
}

/** Target account, aggregate id: the user's. Repeating it changes nothing. */
export class AccountRegisterParams {
  @KeyedHash() phone_hash!: string;
  @Text(1, display_name_chars_max) display_name!: string;
}
export interface AccountRegisterResult {
  readonly user_id: string;
  /** False when the account was there already. */
  readonly registered: boolean;
}

/** Target account, aggregate id: the phone's hash. Told to the account that has the phone, if there is one. */
export class PhoneSignInFailedParams {
  @OneOf('code_locked', 'many_codes') cause!: SignInFailed['data']['cause'];
  @Field('16 hex digits', (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value))
  network_hash!: string;
}

/**
 * Target chat, aggregate id: the chat's. In nobody's name: what of these is due goes; the rest is left as it is, so that it may be
 * asked by anybody and as often as they like.
 */
export class MessagesExpireParams {
  @Id() chat_id!: string;
  @Integers(1, 1, delete_seqs_max) seqs!: number[];
}

/** Target chat, aggregate id: the direct chat's. In nobody's name: a call whose time is over ends; another is left as it is. */
export class CallsExpireParams {
  @Id() chat_id!: string;
  @Id() call_id!: string;
}

/** Target account, aggregate id: the user's. Repeating it with the same id changes nothing. */
export class AccountAddDeviceParams {
  @Id() device_id!: string;
  @Text(1, device_name_chars_max) name!: string;
  @OneOf('mobile', 'web', 'desktop') type!: DeviceType;
}

/** Target account, aggregate id: the user's. Repeated by the same device it changes nothing. */
export class QrAcceptParams {
  @KeyedHash() token_hash!: string;
}

/** Target account, aggregate id: the user's. Revoking a device that is not there changes nothing. */
export class AccountRevokeDeviceParams {
  @Id() device_id!: string;
  @OneOf('signed_out', 'revoked', 'refresh_token_reused', 'idle', 'replaced') reason!: RevokedReason;
}

/** Target chat, aggregate id: the direct chat's. What the caller's account says of the other one; `change`: as of which. */
export class DirectSetBlockedParams {
  @Id() chat_id!: string;
  @Flag() blocked!: boolean;
  @Integer(0) change!: number;
  @Flag() is_told_again!: boolean;
}

class CursorParams implements Cursor {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  @Integer(0) after!: number;
}

/** Target account, aggregate id: the user's. What the device has: cursors by chat first, its place in the log last. */
export class ReceiptsDeliverParams {
  @Field(`at most ${cursors_max} cursors`, (value) => isArray(value, 0, cursors_max))
  @Nested('{chat_id, seq, after}', () => CursorParams)
  cursors!: CursorParams[];
  @Id() device_id!: string;
  /** Absent: cursors alone. */
  @Optional() @Integer(1) pts?: number;
}

/**
 * Query `lastSeen.shown`: between whom and the caller the last seen is shown (docs/settings.md). It is shown to both or to
 * neither, so that this answers whom the caller may be shown, as well as who may be shown the caller.
 */
export class LastSeenShownParams {
  @Ids(1, request_ids_max) user_ids!: string[];
}
export interface LastSeenShownResult {
  /** Those of `user_ids`, in no particular order. The caller's own is always shown to them. */
  readonly user_ids: readonly string[];
}

/** Query `log.position`: where an entry of the caller's own log stands. */
export class LogPositionParams {
  @Integer(1) pts!: number;
}
export interface LogPositionResult {
  /** Of the entry in its USER stream; null when `user_log` has no such entry (yet). */
  readonly sequence: number | null;
}

/** As much of a log as one answer carries, whatever its events' sizes. */
export const log_read_entries_max = 400;

/**
 * Query `log.read`: the caller's own log from `pts` on, as the read model has it. The entry `pts` itself comes first where it
 * is there, so that the edge sees whether the log is the one it is reading. With `events`, what entries refer to comes along.
 */
export class LogReadParams {
  @Integer(0) pts!: number;
  /** Of entries after `pts`. */
  @Integer(1, log_read_entries_max) max!: number;
  @Flag() events!: boolean;
}
export interface LogReadResult {
  /** Ascending by pts, from `pts` (or the first entry) on, without a hole. */
  readonly items: readonly LogReadItem[];
  /** Fewer than were asked for, although the table has them: their events are too long for one answer. */
  readonly cut: boolean;
  /** The table shows the USER stream up to this sequence, and nothing of what stands behind it. */
  readonly covered_to: number;
}
export interface LogReadItem {
  /** Of the entry in its USER stream. */
  readonly sequence: number;
  readonly entry: UserLogEntry;
  /** What the entry refers to; absent where the chats' tables do not have it (yet), or the message was deleted. */
  readonly event?: StoredEvent;
  /** Of a deleted message. */
  readonly tombstone?: { readonly chat_pts: number; readonly message: MessageIdentity };
}

/** Query `log.deviceCursor`: how far the asking device has stored the log; 0 when it never said. */
export class LogDeviceCursorParams {}
export interface LogDeviceCursorResult {
  readonly pts: number;
}

/** Query `log.channels`: which of the caller's chats are channels, as of `pts` of their log. */
export class LogChannelsParams {}
export interface LogChannelsResult {
  readonly pts: number;
  readonly chat_ids: readonly string[];
}

/** As many messages as a slice of a log can tell of; their tombstones fit one answer. */
const tombstones_asked_max = difference_updates_max;

export class MessagesOfChatParams {
  @Id() chat_id!: string;
  @Integers(1, 1, tombstones_asked_max) seqs!: number[];
}

const countOf = (chats: readonly unknown[]): number =>
  chats.reduce(
    (sum: number, chat) => sum + ((chat as Partial<MessagesOfChatParams> | null)?.seqs?.length ?? 0),
    0,
  );

/**
 * Query `log.tombstones`: which of these messages are deleted. It tells who wrote what and when to whoever asks: the edge
 * asks only for messages of which the user's own log has an entry.
 */
export class LogTombstonesParams {
  @Field(
    `chats, together at most ${tombstones_asked_max} messages`,
    (value) => isArray(value, 1, tombstones_asked_max) && countOf(value) <= tombstones_asked_max,
  )
  @Nested('{chat_id, seqs}', () => MessagesOfChatParams)
  chats!: MessagesOfChatParams[];
}
export interface LogTombstonesResult {
  readonly tombstones: readonly {
    readonly chat_id: string;
    /** Of the deletion. */
    readonly chat_pts: number;
    readonly message: MessageIdentity;
  }[];
}
