import type { StoredEvent } from '../kernel/decision.js';
import type { Call } from './call.js';
import type { TextEntity } from './entities.js';

/** Chat events as stored today. A change of shape is a new version with an upcaster in catalogue.ts, never an edit. */

export type ChatKind = 'direct' | 'group' | 'channel';
export type Role = 'owner' | 'admin' | 'member';

export interface Member {
  readonly user_id: string;
  readonly role: Role;
  readonly joined_at_ms: number;
  /** The first message this member may see. */
  readonly visible_from_seq: number;
  /** The message that told of their joining, where they may see what was before it. */
  readonly joined_seq?: number;
}

/** Who may, from that role up. */
export interface ChatPermissions {
  /** Write, and change what one wrote. */
  readonly send: Role;
  readonly add_members: Role;
  /** Title, description and photo; for owner and admins these permissions and `history`, too. */
  readonly change_info: Role;
}

/** What those who join see of before: nothing, or all of it. */
export type HistoryShown = 'joined' | 'all';

/** What a person who joins needs to show the chat, without another request; absolute, as after the event. */
export interface ChatSummary {
  readonly kind: ChatKind;
  readonly title: string | null;
  readonly photo_media_id: string | null;
  readonly created_at_ms: number;
  readonly last_seq: number;
  readonly member_count: number;
  /** Absent: none. */
  readonly description?: string;
  /** Absent: `default_permissions`. */
  readonly permissions?: ChatPermissions;
  /** Absent: `joined`. */
  readonly history?: HistoryShown;
}

/** What may be changed of a chat as a whole. */
export interface ChatInfo {
  readonly title: string | null;
  readonly description: string | null;
  readonly photo_media_id: string | null;
  readonly permissions: ChatPermissions;
  readonly history: HistoryShown;
}

export type UserContent =
  | { readonly type: 'text'; readonly text: string; readonly entities?: readonly TextEntity[] }
  | {
      readonly type: 'media';
      readonly media_id: string;
      readonly caption?: string;
      /** Of the caption. */
      readonly entities?: readonly TextEntity[];
    }
  | {
      readonly type: 'encrypted';
      readonly envelopes: readonly { readonly device_id: string; readonly ciphertext: string }[];
    };

export interface ServiceContent {
  readonly type: 'service';
  readonly event: {
    readonly kind:
      'created' | 'joined' | 'left' | 'removed' | 'renamed' | 'photo' | 'role' | 'became_channel';
    readonly user_ids?: readonly string[];
    readonly title?: string;
    readonly role?: Role;
  };
}

/**
 * A message's text, its salt and the commitment SHA-256(salt || canonical JSON of content), base64url. Text and salt go
 * together when the message is erased; the commitment alone tells nothing and keeps the user logs' hashes checkable.
 * Service messages have no salt and no commitment: they are not a person's words and are never erased.
 */
export type Body =
  | { readonly content: UserContent; readonly salt: string; readonly commitment: string }
  | { readonly content: ServiceContent };

/** What a message is beside its body: enough for an edit to be shown without the original. */
export interface MessageIdentity {
  readonly seq: number;
  readonly client_msg_id: string;
  readonly sender_id: string;
  /** Null for service messages. */
  readonly sender_device_id: string | null;
  readonly date_ms: number;
  readonly reply_to_seq?: number;
  readonly expires_at_ms?: number;
}

export interface ReactionCount {
  readonly emoji: string;
  readonly count: number;
}

export type ChatCreated = StoredEvent<
  'ChatCreated',
  {
    readonly chat_id: string;
    readonly creator_id: string;
    readonly chat: ChatSummary;
    readonly members: readonly Member[];
  }
>;
/** The fields that changed, as they are after it. */
export type ChatChanged = StoredEvent<'ChatChanged', Partial<ChatInfo>>;
/** `chat` is as after the event; the service message that tells of it follows as an event of its own. */
export type MembersAdded = StoredEvent<
  'MembersAdded',
  { readonly chat: ChatSummary; readonly added: readonly Member[] }
>;
export type MemberRemoved = StoredEvent<
  'MemberRemoved',
  { readonly user_id: string; readonly reason: 'removed' | 'left'; readonly member_count: number }
>;
export type RoleChanged = StoredEvent<
  'RoleChanged',
  { readonly user_id: string; readonly role: Role; readonly member_count: number }
>;
/** Whoever is named is no member, and becomes none before `MemberUnbanned`; who was one is removed before it, in the same decision. */
export type MemberBanned = StoredEvent<
  'MemberBanned',
  { readonly user_id: string; readonly by: string; readonly member_count: number }
>;
export type MemberUnbanned = StoredEvent<
  'MemberUnbanned',
  { readonly user_id: string; readonly member_count: number }
>;
/**
 * In a direct chat: one of the two has blocked the other, or has no more. `change`: of the blocker's account, so that what
 * comes late does not undo what is newer. Nobody is told by it; the blocker's devices know from the account.
 */
export type DirectBlocked = StoredEvent<
  'DirectBlocked',
  { readonly by: string; readonly blocked: boolean; readonly change: number }
>;
/** A call between the two of a direct chat: all of it, as it is after the event. */
export type CallChanged = StoredEvent<'CallChanged', Call>;
/** A group outgrew copying, once and for good: its members follow the chat's own log from the next event on. */
export type BecameChannel = StoredEvent<'BecameChannel', { readonly member_count: number }>;
export type MessageSent = StoredEvent<
  'MessageSent',
  { readonly message: MessageIdentity; readonly body: Body; readonly silent?: true }
>;
export type MessageEdited = StoredEvent<
  'MessageEdited',
  {
    readonly message: MessageIdentity;
    readonly body: Body;
    readonly edited_at_ms: number;
    readonly reactions: readonly ReactionCount[];
  }
>;
/** For everyone. Carries what must outlive the text. */
export type Tombstoned = StoredEvent<
  'Tombstoned',
  {
    readonly message: MessageIdentity;
    /** The chat_pts of the message's MessageSent. */
    readonly sent_chat_pts: number;
    readonly deleted_by: string;
    readonly deleted_at_ms: number;
    /** By itself, at its time; `deleted_by` is its sender then. */
    readonly expired?: true;
  }
>;
/** One reaction a user and message; null takes it back. `reactions`: all counts after it. */
export type ReactionSet = StoredEvent<
  'ReactionSet',
  {
    readonly seq: number;
    readonly user_id: string;
    readonly emoji: string | null;
    readonly reactions: readonly ReactionCount[];
  }
>;

export type ChatEvent =
  | ChatCreated
  | ChatChanged
  | MembersAdded
  | MemberRemoved
  | RoleChanged
  | MemberBanned
  | MemberUnbanned
  | BecameChannel
  | DirectBlocked
  | CallChanged
  | MessageSent
  | MessageEdited
  | Tombstoned
  | ReactionSet;
