/**
 * The one catalogue of application errors. A code is API; its text is not. `http` is the status of plain HTTP
 * endpoints. Retryable means: the same request may succeed later without the caller changing anything.
 */
export const errorCatalogue = {
  PARSE_ERROR: { retryable: false, http: 400, message: 'This cannot be read.' },
  INVALID_REQUEST: { retryable: false, http: 400, message: 'This is not a JSON-RPC 2.0 request.' },
  METHOD_NOT_FOUND: { retryable: false, http: 404, message: 'There is no such method.' },
  PAYLOAD_TOO_LARGE: { retryable: false, http: 413, message: 'The body is larger than the server takes.' },
  INVALID_PARAMS: { retryable: false, http: 400, message: 'Some fields are not as they must be.' },
  UNAUTHENTICATED: {
    retryable: false,
    http: 401,
    message: 'The access token is missing, expired or not ours.',
  },
  SESSION_REQUIRED: { retryable: false, http: 401, message: 'session.open must be the first request.' },
  SESSION_ALREADY_OPEN: { retryable: false, http: 409, message: 'This connection has an open session.' },
  FORBIDDEN: { retryable: false, http: 403, message: 'The caller may not do this.' },
  NOT_A_MEMBER: { retryable: false, http: 403, message: 'No such chat, or the caller is not a member.' },
  NOT_FOUND: { retryable: false, http: 404, message: 'There is no such thing.' },
  CHAT_EXISTS: { retryable: false, http: 409, message: 'A chat with this id exists already.' },
  WRONG_CHAT_KIND: { retryable: false, http: 409, message: 'Chats of this kind do not have this method.' },
  MEMBERS_LIMIT: { retryable: false, http: 409, message: 'The chat would have too many members.' },
  MENTIONED_NOT_MEMBER: { retryable: false, http: 409, message: 'Somebody mentioned is not in the chat.' },
  BANNED: { retryable: false, http: 409, message: 'Somebody is banned from the chat; see user_ids.' },
  BANS_LIMIT: { retryable: false, http: 409, message: 'As many are banned from the chat as may be.' },
  BLOCKED: { retryable: false, http: 403, message: 'One of the two has blocked the other.' },
  CALL_EXISTS: { retryable: false, http: 409, message: 'The two have a call already; see call_id.' },
  CALL_TAKEN: { retryable: false, http: 409, message: 'Another device has answered the call.' },
  CALL_OVER: { retryable: false, http: 410, message: 'The call has ended.' },
  BLOCKED_LIMIT: {
    retryable: false,
    http: 409,
    message: 'The caller has blocked as many people as one may.',
  },
  PINNED_LIMIT: { retryable: false, http: 409, message: 'The caller has pinned as many chats as one may.' },
  CONTACTS_LIMIT: { retryable: false, http: 409, message: 'The caller has as many contacts as one may.' },
  CHAT_SETTINGS_LIMIT: {
    retryable: false,
    http: 409,
    message: 'Too many chats of the caller are muted, archived or pinned.',
  },
  MESSAGE_DELETED: { retryable: false, http: 410, message: 'The message was deleted.' },
  NOT_EDITABLE: { retryable: false, http: 409, message: 'Messages of this kind cannot be changed.' },
  REACTIONS_LIMIT: { retryable: false, http: 409, message: 'The message has too many different reactions.' },
  IDEMPOTENCY_MISMATCH: { retryable: false, http: 409, message: 'This key was used with another body.' },
  CLOCK_AHEAD: {
    retryable: false,
    http: 409,
    message: 'The key was made in the future; see server_time_ms.',
  },
  USER_EXISTS: { retryable: false, http: 409, message: 'The user is registered already.' },
  PHONE_TAKEN: { retryable: false, http: 409, message: 'The phone number belongs to an account.' },
  DEVICE_LIMIT: { retryable: false, http: 409, message: 'The account has as many devices as it may.' },
  DEVICE_TOO_NEW: {
    retryable: false,
    http: 403,
    message: 'This device signed in too recently to sign out older ones; see allowed_at_ms.',
  },
  DEVICE_REVOKED: { retryable: false, http: 401, message: 'This device was signed out.' },
  CODE_INVALID: { retryable: false, http: 401, message: 'The code is wrong, spent or expired.' },
  CODE_NOT_SENT: { retryable: true, http: 503, message: 'The code could not be sent; it was not counted.' },
  QR_INVALID: {
    retryable: false,
    http: 404,
    message: 'The QR token is unknown, expired, used, or not for this device.',
  },
  SYNC_TOKEN_INVALID: { retryable: false, http: 400, message: 'The sync token is not one of this user.' },
  PTS_FROM_FUTURE: { retryable: false, http: 400, message: 'The log does not reach that pts yet.' },
  TOO_BROAD: {
    retryable: false,
    http: 400,
    message: 'Too much would have to be looked through: longer or more words, or one chat.',
  },
  RATE_LIMITED: { retryable: true, http: 429, message: 'Too many requests; see retry_after_ms.' },
  BUSY: { retryable: true, http: 503, message: 'More is in flight than the server takes at once.' },
  NOT_CAUGHT_UP: { retryable: true, http: 503, message: 'The read model has not reached what was seen yet.' },
  CONFLICT: { retryable: true, http: 503, message: 'Too many writes met in this chat; nothing was stored.' },
  UNAVAILABLE: { retryable: true, http: 503, message: 'A part of the server does not answer just now.' },
  INTERNAL: { retryable: true, http: 500, message: 'The server failed; the failure was logged.' },
} as const satisfies Record<string, ErrorEntry>;

export interface ErrorEntry {
  readonly retryable: boolean;
  readonly http: number;
  readonly message: string;
}

export type ErrorCode = keyof typeof errorCatalogue;

/** An application error as it travels inside Odnix and, as JSON-RPC `error.data`, to clients. */
export interface ApplicationError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function applicationError(
  code: ErrorCode,
  more: { details?: Readonly<Record<string, unknown>>; retry_after_ms?: number } = {},
): ApplicationError {
  return { code, retryable: errorCatalogue[code].retryable, ...more };
}

/** JSON-RPC's own codes, and the one for everything of the application. */
export const jsonRpcCodes = {
  parse_error: -32700,
  invalid_request: -32600,
  method_not_found: -32601,
  invalid_params: -32602,
  internal_error: -32603,
  application: -32000,
} as const;

/** WebSocket close codes: after 4000-4499 reconnect (with jitter), after 4500-4999 do not before something changed. */
export const closeCodes = {
  draining: 4000,
  heartbeat_missed: 4001,
  too_slow: 4002,
  unavailable: 4003,
  session_open_missed: 4004,
  /** Come back with a new access token: the refresh token gets one. */
  access_expired: 4005,
  unauthenticated: 4500,
  device_revoked: 4501,
  protocol_violation: 4502,
} as const;
