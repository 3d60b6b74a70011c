import type { StoredEvent } from '../kernel/decision.js';

export type DeviceType = 'mobile' | 'web' | 'desktop';

export interface Device {
  readonly device_id: string;
  readonly name: string;
  readonly type: DeviceType;
  readonly added_at_ms: number;
}

/** By itself, by another device or an operator, because a spent refresh token of it was used, or after a month without a sign. */
export type RevokedReason = 'signed_out' | 'revoked' | 'refresh_token_reused' | 'idle' | 'replaced';

export type UserRegistered = StoredEvent<
  'UserRegistered',
  { readonly user_id: string; readonly display_name: string; readonly phone_hash: string }
>;
export type DeviceAdded = StoredEvent<'DeviceAdded', { readonly user_id: string; readonly device: Device }>;
export type DeviceRevoked = StoredEvent<
  'DeviceRevoked',
  {
    readonly user_id: string;
    readonly device_id: string;
    readonly reason: RevokedReason;
  }
>;
/** Somebody tried to get in and could not. Holds neither phone nor code; told at most once in a while (`sign_in_failed_every_ms`). */
export type SignInFailed = StoredEvent<
  'SignInFailed',
  {
    readonly user_id: string;
    /** A code was given wrong until it was locked, or asked for until only long ones are sent. */
    readonly cause: 'code_locked' | 'many_codes';
    /** A keyed hash: two failures of one network are seen to be, and not which it is. */
    readonly network_hash: string;
  }
>;
/** `change`: numbers this user's blocks and unblocks 1, 2, 3, ...; what reached a direct chat is told from what is older. */
export type UserBlocked = StoredEvent<'UserBlocked', BlockChange>;
export type UserUnblocked = StoredEvent<'UserUnblocked', BlockChange>;
interface BlockChange {
  readonly user_id: string;
  readonly other_id: string;
  readonly change: number;
}
/**
 * How this user has one of their chats: absolute, all of it. `after`: the chat's stream sequence at which membership was
 * checked, as of cursors (receipt/events.ts); it holds while the member sees from `visible_from_seq`, not after leaving and
 * coming again. `forgotten`: chats that were left since, whose settings make room.
 */
export type ChatSettingsChanged = StoredEvent<
  'ChatSettingsChanged',
  {
    readonly user_id: string;
    readonly after: number;
    readonly settings: ChatSettings;
    readonly forgotten?: readonly string[];
  }
>;
export interface ChatSettings {
  readonly chat_id: string;
  /** The stay, by the message that told of the joining; in most chats that is also where the member sees from. */
  readonly visible_from_seq: number;
  /** Null: not muted. */
  readonly muted_until_ms: number | null;
  readonly archived: boolean;
  readonly pinned: boolean;
}
/** What everybody may see of this user: absolute, all of it. */
export type ProfileChanged = StoredEvent<
  'ProfileChanged',
  { readonly user_id: string; readonly display_name: string; readonly about: string | null }
>;
/** Who may see what of this user: absolute, all of it. */
export type PrivacyChanged = StoredEvent<
  'PrivacyChanged',
  { readonly user_id: string; readonly privacy: Privacy }
>;
export interface Privacy {
  /** Whether they are online, and when they were last. `contacts`: those who are this user's contacts. */
  readonly last_seen: Audience;
}
export type Audience = 'everybody' | 'contacts' | 'nobody';
/**
 * On the subject of the user's contacts. What this user calls somebody: absolute, and nobody else is told. Empty: a contact who
 * goes by their own name. Null: no contact, or no more.
 */
export type ContactSet = StoredEvent<
  'ContactSet',
  { readonly user_id: string; readonly other_id: string; readonly nickname: string | null }
>;
/**
 * Deleted for this user alone, for ever: no longer shown on any of their own devices. It adds up and is never taken back, so neither
 * order nor repetition matters, and the account's state need not hold it. `after` as of ChatSettingsChanged.
 */
export type MessagesHidden = StoredEvent<
  'MessagesHidden',
  {
    readonly user_id: string;
    readonly chat_id: string;
    readonly seqs: readonly number[];
    readonly after: number;
  }
>;
/** On the phone's own subject, whose first decision it is: one phone, one account, guarded by the store. */
export type PhoneClaimed = StoredEvent<
  'PhoneClaimed',
  { readonly phone_hash: string; readonly user_id: string }
>;

export type AccountEvent =
  | UserRegistered
  | DeviceAdded
  | DeviceRevoked
  | SignInFailed
  | UserBlocked
  | UserUnblocked
  | ChatSettingsChanged
  | ProfileChanged
  | PrivacyChanged
  | MessagesHidden;
export type ContactEvent = ContactSet;
export type PhoneEvent = PhoneClaimed;
