import type { Decision } from '../kernel/decision.js';
import type { Call } from './call.js';
import type { ChatEvent, ChatKind, ChatPermissions, HistoryShown, Member } from './events.js';

/** A chat as its decider needs it: bounded, without message bodies. */
export type ChatState = { readonly status: 'none' } | ActiveChat;

export interface ActiveChat extends ChatCore {
  readonly status: 'active';
  readonly members: ReadonlyMap<string, Member>;
}

/** The state as stored in a decision (`Decision.state`); the members are stored beside it. */
export interface ChatCore {
  readonly chat_id: string;
  readonly kind: ChatKind;
  readonly title: string | null;
  readonly description: string | null;
  readonly photo_media_id: string | null;
  readonly creator_id: string;
  readonly created_at_ms: number;
  /** The number of the last message; 0 before the first. */
  readonly last_seq: number;
  /** The number of the last event. */
  readonly chat_pts: number;
  /** The date of the last decision: dates never go back within a chat. */
  readonly last_date_ms: number;
  readonly member_count: number;
  /** Absent: `default_permissions`. */
  readonly permissions?: ChatPermissions;
  /** Absent: `joined`. */
  readonly history?: HistoryShown;
  /** In the order of banning; absent before the first. */
  readonly banned_ids?: readonly string[];
  /** Of a direct chat: what each of the two said last of the other, in the order of their ids; absent before the first. */
  readonly blocks?: readonly DirectBlock[];
  /** Of a direct chat: the last call, however it ended; absent before the first. */
  readonly call?: Call;
}

export interface DirectBlock {
  readonly by: string;
  readonly blocked: boolean;
  readonly change: number;
}

export type ChatDecision = Decision<ChatEvent, ChatCore, Member>;
