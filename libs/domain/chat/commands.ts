import type { Call, CallAddressee, CallEnd, CallKind } from './call.js';
import type { Body, ChatInfo, ChatPermissions, HistoryShown, Role } from './events.js';
import type { MessageFacts } from './message-facts.js';

/**
 * What may be asked of a chat. Whatever the pure decider cannot know comes in with the command: who, when, ids, bodies
 * already salted and committed, and the facts of the messages in question.
 */
export type ChatCommand =
  | CreateChat
  | UpdateChat
  | AddMembers
  | RemoveMember
  | SetRole
  | BanMember
  | UnbanMember
  | Leave
  | SendMessage
  | EditMessage
  | DeleteMessages
  | ReactToMessage
  | ReadChat
  | SetDirectBlocked
  | ExpireMessages
  | RequestCall
  | AcceptCall
  | SignalCall
  | DiscardCall
  | ExpireCall;

interface FromDevice {
  readonly actor: { readonly user_id: string; readonly device_id: string };
  /** The handler's clock; dates are `max(at_ms, the chat's last date)`. */
  readonly at_ms: number;
}

/** A change that a service message tells of: that message's `client_msg_id`. */
interface WithServiceMessage {
  readonly service_msg_id: string;
}

export interface CreateChat extends FromDevice, WithServiceMessage {
  readonly type: 'CreateChat';
  readonly kind: 'direct' | 'group' | 'channel';
  /** Derived (kernel/ids.ts), so that creating again meets the same chat. */
  readonly chat_id: string;
  /** With or without the creator. */
  readonly member_ids: readonly string[];
  readonly title: string | null;
  /** Of no meaning for direct chats; so is `history`. */
  readonly description?: string;
  readonly history?: HistoryShown;
}
/** What is absent stays as it is. */
export interface UpdateChat extends FromDevice, WithServiceMessage {
  readonly type: 'UpdateChat';
  readonly change: Partial<Omit<ChatInfo, 'permissions'>> & {
    readonly permissions?: Partial<ChatPermissions>;
  };
}
export interface AddMembers extends FromDevice, WithServiceMessage {
  readonly type: 'AddMembers';
  readonly user_ids: readonly string[];
}
export interface RemoveMember extends FromDevice, WithServiceMessage {
  readonly type: 'RemoveMember';
  readonly user_id: string;
}
export interface SetRole extends FromDevice, WithServiceMessage {
  readonly type: 'SetRole';
  readonly user_id: string;
  readonly role: Role;
}
export interface BanMember extends FromDevice, WithServiceMessage {
  readonly type: 'BanMember';
  readonly user_id: string;
}
export interface UnbanMember extends FromDevice {
  readonly type: 'UnbanMember';
  readonly user_id: string;
}
export interface Leave extends FromDevice, WithServiceMessage {
  readonly type: 'Leave';
}
export type SaltedBody = Extract<Body, { readonly salt: string }>;
export interface SendMessage extends FromDevice {
  readonly type: 'SendMessage';
  readonly client_msg_id: string;
  readonly body: SaltedBody;
  readonly reply_to_seq?: number;
  readonly expires_in_s?: number;
  readonly silent?: boolean;
}
export interface EditMessage extends FromDevice {
  readonly type: 'EditMessage';
  readonly seq: number;
  readonly body: SaltedBody;
  /** Null: there is no such message. */
  readonly target: MessageFacts | null;
}
export interface DeleteMessages extends FromDevice {
  readonly type: 'DeleteMessages';
  /** At most `delete_seqs_max`. */
  readonly seqs: readonly number[];
  /** One for each of `seqs`, in the same order; null: there is no such message. */
  readonly targets: readonly (MessageFacts | null)[];
}
export interface ReactToMessage extends FromDevice {
  readonly type: 'ReactToMessage';
  readonly seq: number;
  /** Null takes the reaction back. */
  readonly emoji: string | null;
  readonly target: MessageFacts | null;
}
/** Checks membership only: the cursor itself is a receipt, so this is never accepted, only answered (`repeat`). */
export interface ReadChat extends FromDevice {
  readonly type: 'ReadChat';
  readonly seq: number;
}

/** What the account of one of the two says, brought to their direct chat by the server. */
export interface SetDirectBlocked extends FromDevice {
  readonly type: 'SetDirectBlocked';
  readonly blocked: boolean;
  /** How many changes that account had seen when it said so. */
  readonly change: number;
  /** Told again, not just decided: nothing to append when the chat says so already. */
  readonly is_told_again: boolean;
}

/** The server's own, in nobody's name: what is due goes. */
export interface ExpireMessages {
  readonly type: 'ExpireMessages';
  readonly at_ms: number;
  /** One for each message that was found to be due; null: there is no such message. */
  readonly targets: readonly (MessageFacts | null)[];
}

/** Makes the direct chat of the two, where there is none. */
export interface RequestCall extends FromDevice {
  readonly type: 'RequestCall';
  /** Derived, as of `CreateChat`. */
  readonly chat_id: string;
  readonly user_id: string;
  readonly call_id: string;
  readonly kind: CallKind;
}
export interface AcceptCall extends FromDevice {
  readonly type: 'AcceptCall';
  readonly call_id: string;
}
/** Never accepted, only answered (`repeat`) with whom it is for. */
export interface SignalCall extends FromDevice {
  readonly type: 'SignalCall';
  readonly call_id: string;
}
export interface DiscardCall extends FromDevice {
  readonly type: 'DiscardCall';
  readonly call_id: string;
  /** Absent: `declined` by whom it rings for, else `hangup`. */
  readonly reason?: Exclude<CallEnd, 'missed'>;
}
/** The server's own, in nobody's name: what has rung, or lasted, for too long ends. */
export interface ExpireCall {
  readonly type: 'ExpireCall';
  readonly at_ms: number;
  readonly call_id: string;
}

export type ChatAnswer =
  /** Creating, and changes of the chat and its members: the caller shows the chat as it is afterwards. */
  | { readonly kind: 'chat'; readonly chat_id: string }
  | { readonly kind: 'sent'; readonly seq: number; readonly date_ms: number }
  | { readonly kind: 'edited'; readonly edited_at_ms: number }
  /** In the order asked, each once, those included that were deleted already. */
  | { readonly kind: 'deleted'; readonly deleted: readonly number[] }
  | { readonly kind: 'reacted' }
  | { readonly kind: 'block_reached' }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'signalled'; readonly to: CallAddressee }
  /** `seq`: what was asked, held to what this member may see. */
  | { readonly kind: 'read'; readonly seq: number; readonly last_seq: number };
