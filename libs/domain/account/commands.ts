import type { Actor } from '../kernel/decision.js';
import type { ChatSettings, Device, DeviceRevoked, Privacy, SignInFailed } from './events.js';

export type AccountCommand =
  | Register
  | AddDevice
  | RevokeDevice
  | RevokeOthers
  | TellSignInFailed
  | SetBlocked
  | SetChatSettings
  | ChangeProfile
  | ChangePrivacy
  | HideMessages;

interface FromSomebody {
  /** Signing in has no device yet; nulls are the system. */
  readonly actor: Actor;
  readonly at_ms: number;
}

export interface Register extends FromSomebody {
  readonly type: 'Register';
  readonly user_id: string;
  readonly display_name: string;
  readonly phone_hash: string;
}
export interface AddDevice extends FromSomebody {
  readonly type: 'AddDevice';
  readonly device: Omit<Device, 'added_at_ms'>;
}
export interface RevokeDevice extends FromSomebody {
  readonly type: 'RevokeDevice';
  readonly device_id: string;
  readonly reason: DeviceRevoked['data']['reason'];
}

export interface TellSignInFailed extends FromSomebody {
  readonly type: 'TellSignInFailed';
  readonly cause: SignInFailed['data']['cause'];
  readonly network_hash: string;
}

/** All devices but the actor's. */
export interface RevokeOthers extends FromSomebody {
  readonly type: 'RevokeOthers';
}

export interface SetBlocked extends FromSomebody {
  readonly type: 'SetBlocked';
  readonly other_id: string;
  readonly blocked: boolean;
}

/** From the caller's own devices only. */
export interface HideMessages extends FromSomebody {
  readonly type: 'HideMessages';
  readonly chat_id: string;
  /** Such as the caller may see; at least one, at most `delete_seqs_max`. */
  readonly seqs: readonly number[];
  /** The chat's stream sequence at which that was checked. */
  readonly after: number;
}

export interface SetChatSettings extends FromSomebody {
  readonly type: 'SetChatSettings';
  readonly chat_id: string;
  /** Of the caller's membership, as of `after`. */
  readonly visible_from_seq: number;
  readonly after: number;
  readonly change: Partial<Pick<ChatSettings, 'muted_until_ms' | 'archived' | 'pinned'>>;
  /** Chats with settings that the caller is known to have left. */
  readonly left: readonly string[];
}

/** What is not named stays as it is. */
export interface ChangeProfile extends FromSomebody {
  readonly type: 'ChangeProfile';
  readonly display_name?: string | undefined;
  /** Null: nothing. */
  readonly about?: string | null | undefined;
}

export interface ChangePrivacy extends FromSomebody {
  readonly type: 'ChangePrivacy';
  readonly privacy: Privacy;
}

/** On the subject of the user's contacts. */
export interface SetContact {
  readonly user_id: string;
  readonly other_id: string;
  /** As in the event. */
  readonly nickname: string | null;
}

/** On the phone's own subject: whoever comes first has it. */
export interface ClaimPhone {
  readonly phone_hash: string;
  readonly user_id: string;
}

export interface AccountAnswer {
  readonly user_id: string;
}
