import type { Device, Privacy, RevokedReason } from '../account/events.js';
import type { CallView } from '../chat/call.js';
import type {
  ChatInfo,
  ChatSummary,
  ReactionCount,
  Role,
  ServiceContent,
  UserContent,
} from '../chat/events.js';

/**
 * The updates as clients see them (protocol section 4). Nothing in them is reckoned for the recipient but what their
 * entry's values hold: `mine` and unread counts are folded by whoever reads.
 */
export type Update =
  | MessageUpdate
  | MessageDeletedUpdate
  | MessageReactionUpdate
  | CursorUpdate
  | ChatNewUpdate
  | ChatChangedUpdate
  | ChatMembersUpdate
  | ChatRemovedUpdate
  | ChatSettingsUpdate
  | MessagesHiddenUpdate
  | CallUpdate
  | DeviceAddedUpdate
  | DeviceRemovedUpdate
  | UserBlockedUpdate
  | UserChangedUpdate
  | PrivacyChangedUpdate
  | ContactChangedUpdate;

interface AboutChat {
  readonly chat_id: string;
  readonly chat_pts: number;
}
interface AboutMessage extends AboutChat {
  readonly seq: number;
}

/** `read_seq` only in the sender's own log: sending moves the sender's own read cursor. */
export interface MessageUpdate extends AboutMessage {
  readonly type: 'message.new' | 'message.edited';
  readonly message: MessageView;
  /** Of `message.new`: to be shown without a sound. */
  readonly silent?: true;
  readonly read_seq?: number;
}
export interface MessageDeletedUpdate extends AboutMessage {
  readonly type: 'message.deleted';
  readonly deleted_by: string;
  readonly date_ms: number;
  /** By itself, at its time; `deleted_by` is its sender then. */
  readonly expired?: true;
}
export interface MessageReactionUpdate extends AboutMessage {
  readonly type: 'message.reaction';
  readonly user_id: string;
  readonly emoji: string | null;
  /** All counts after this reaction: absolute, so that meeting it twice is harmless. */
  readonly reactions: readonly ReactionCount[];
}
export interface CursorUpdate extends AboutMessage {
  readonly type: 'read.inbox' | 'read.outbox' | 'delivered.outbox';
}
export interface ChatNewUpdate extends AboutChat {
  readonly type: 'chat.new';
  readonly chat: ShownSummary & { readonly chat_id: string; readonly members?: readonly MemberRole[] };
  readonly visible_from_seq: number;
  readonly read_seq: number;
  readonly role: Role;
}
export type ShownSummary = Omit<ChatSummary, keyof ChatInfo> & ChatInfo;
/** Only what changed. */
export interface ChatChangedUpdate extends AboutChat, Partial<ChatInfo> {
  readonly type: 'chat.changed';
  readonly kind?: 'channel';
}
/** `role` only in the log of the person whose own role changed. */
export interface ChatMembersUpdate extends AboutChat {
  readonly type: 'chat.members';
  readonly added: readonly MemberRole[];
  readonly removed: readonly string[];
  readonly changed: readonly MemberRole[];
  readonly member_count: number;
  /** Told to owner and admins alone. */
  readonly banned?: readonly string[];
  readonly unbanned?: readonly string[];
  readonly role?: Role;
}
export interface ChatRemovedUpdate extends AboutChat {
  readonly type: 'chat.removed';
}
/** This user's own, all of them, as they are after it. */
export interface ChatSettingsUpdate extends AboutChat {
  readonly type: 'chat.settings';
  /** Null: not muted. */
  readonly muted_until_ms: number | null;
  readonly archived: boolean;
  readonly pinned: boolean;
}
/** This user has deleted them for themselves, whichever they are: whoever holds one keeps its place and nothing of it. */
export interface MessagesHiddenUpdate extends AboutChat {
  readonly type: 'messages.hidden';
  readonly seqs: readonly number[];
}
/** A call between the two of this direct chat, all of it, as it is after it. */
export interface CallUpdate extends AboutChat {
  readonly type: 'call';
  readonly call: CallView;
}
export interface DeviceAddedUpdate {
  readonly type: 'device.added';
  readonly device: Device;
}
export interface DeviceRemovedUpdate {
  readonly type: 'device.removed';
  readonly device_id: string;
  /** `refresh_token_reused`: a copy of its tokens is in foreign hands. Not told before protocol 1.3. */
  readonly reason?: RevokedReason;
}
/** Whom this user has blocked, or has no more. */
export interface UserBlockedUpdate {
  readonly type: 'user.blocked' | 'user.unblocked';
  readonly user_id: string;
}
/** This user's own profile, all of it, as it is after it. */
export interface UserChangedUpdate {
  readonly type: 'user.changed';
  readonly user_id: string;
  readonly display_name: string;
  /** Null: nothing. */
  readonly about: string | null;
}
/** Who may see what of this user, all of it, as it is after it. */
export interface PrivacyChangedUpdate extends Privacy {
  readonly type: 'privacy.changed';
}
/** What this user calls somebody. Empty: a contact who goes by their own name. Null: no contact any more. */
export interface ContactChangedUpdate {
  readonly type: 'contact.changed';
  readonly user_id: string;
  readonly nickname: string | null;
}
export interface MemberRole {
  readonly user_id: string;
  readonly role: Role;
}

/** Something happened in the channel that its member may not see, or of which nothing is left: it only counts. */
export interface ChatUnseenUpdate extends AboutChat {
  readonly type: 'chat.unseen';
}
export type ChannelUpdate = Update | ChatUnseenUpdate;

/** The `params` of a `channel.update` notification, and an item of `channels.getDifference`. */
export interface ChannelNotification {
  readonly chat_id: string;
  /** The chat's own numbering. */
  readonly chat_pts: number;
  readonly chat_pts_count: 1;
  readonly update: ChannelUpdate;
}

/** A message as clients see it. In updates `reactions` has no `mine`; in answers to a user it has. */
export interface MessageView {
  readonly chat_id: string;
  readonly seq: number;
  /** The chat_pts of the last event that changed this message: its version. */
  readonly chat_pts: number;
  readonly client_msg_id: string;
  readonly sender_id: string;
  readonly sender_device_id: string | null;
  readonly date_ms: number;
  /** Absent when deleted or hidden. */
  readonly content?: UserContent | ServiceContent;
  readonly reply_to_seq?: number;
  readonly edited_at_ms?: number;
  readonly expires_at_ms?: number;
  readonly deleted?: true;
  /** The user who asks has deleted it for themselves, whatever has become of it otherwise. In updates of channels only. */
  readonly hidden?: true;
  readonly reactions: readonly (ReactionCount & { readonly mine?: boolean })[];
}

/** A chat as its member sees it. */
export interface ChatView extends ChatInfo {
  readonly chat_id: string;
  readonly kind: ChatSummary['kind'];
  readonly created_at_ms: number;
  readonly role: Role;
  readonly member_count: number;
  readonly last_seq: number;
  /** The last one that is not hidden. */
  readonly last_message?: MessageView;
  readonly read_seq: number;
  readonly unread_count: number;
  readonly delivered_outbox_seq: number;
  readonly read_outbox_seq: number;
  readonly muted_until_ms: number | null;
  readonly archived: boolean;
  readonly pinned: boolean;
  readonly chat_pts: number;
  /** Of a direct chat: the call that is going on. */
  readonly call?: CallView;
  /** The first message this user may see. */
  readonly visible_from_seq: number;
}

/** The `params` of an `update` notification, and an item of `updates.getDifference`. */
export interface UpdateNotification {
  readonly pts: number;
  readonly pts_count: 1;
  readonly sync_token: string;
  readonly date_ms: number;
  /** The commitment to the message's body: the hash is computed over it, also when the text is gone. */
  readonly commitment?: string;
  readonly update: Update;
}
