/** Why a command was refused. `code` is API, from the one catalogue of error codes; `details` name fields and limits. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type RejectionCode =
  | 'NOT_A_MEMBER'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CHAT_EXISTS'
  | 'WRONG_CHAT_KIND'
  | 'MEMBERS_LIMIT'
  | 'MENTIONED_NOT_MEMBER'
  | 'BANNED'
  | 'BANS_LIMIT'
  | 'MESSAGE_DELETED'
  | 'NOT_EDITABLE'
  | 'REACTIONS_LIMIT'
  | 'IDEMPOTENCY_MISMATCH'
  | 'CALL_EXISTS'
  | 'CALL_TAKEN'
  | 'CALL_OVER'
  | 'BLOCKED'
  | 'BLOCKED_LIMIT'
  | 'PINNED_LIMIT'
  | 'CONTACTS_LIMIT'
  | 'CHAT_SETTINGS_LIMIT'
  | 'USER_EXISTS'
  | 'PHONE_TAKEN'
  | 'DEVICE_LIMIT'
  | 'DEVICE_TOO_NEW'
  | 'DEVICE_REVOKED';
