import type { Decision } from '../kernel/decision.js';
import type { AccountEvent, ChatSettings, ContactEvent, Device, PhoneEvent, Privacy } from './events.js';

export type AccountState = { readonly status: 'none' } | ActiveAccount;

/** Stored whole in every decision of the account (it is small), so that loading is one read. */
export interface ActiveAccount {
  readonly status: 'active';
  readonly user_id: string;
  readonly display_name: string;
  readonly about: string | null;
  readonly phone_hash: string;
  readonly registered_at_ms: number;
  readonly last_date_ms: number;
  /** Absent: never. */
  readonly sign_in_failed_at_ms?: number;
  /** Devices signed in now, at most `devices_max`. */
  readonly devices: readonly Device[];
  readonly blocks: Blocks;
  /** Of the chats that are not as every chat begins, at most `set_chats_max`; the one changed last stands last. */
  readonly chats: readonly ChatSettings[];
  readonly privacy: Privacy;
}

export interface Blocks {
  /** How often this user has blocked or unblocked somebody. */
  readonly changes: number;
  /** Who is blocked now, at most `blocked_users_max`, oldest first. */
  readonly user_ids: readonly string[];
}

/** A user's contacts: too much to stand in every decision of the account, so they are an aggregate of their own. */
export interface ContactsState {
  readonly last_date_ms: number;
  /** At most `contacts_max`, oldest first. */
  readonly contacts: readonly Contact[];
}

export interface Contact {
  readonly user_id: string;
  readonly nickname: string;
}

export type PhoneState =
  | { readonly status: 'free' }
  | { readonly status: 'claimed'; readonly phone_hash: string; readonly user_id: string };

export type AccountDecision = Decision<AccountEvent, ActiveAccount, never>;
export type ContactsDecision = Decision<ContactEvent, ContactsState, never>;
export type PhoneDecision = Decision<PhoneEvent, PhoneState, never>;
