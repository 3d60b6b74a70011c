/**
 * Requests between apps, over NATS request/reply: what the edge (gateway, api) asks of command and query handlers.
 * Payloads are JSON; trace context travels in the NATS header `traceparent`, and beside each of several commands.
 */

/** Who asks, as the access token says; set by the edge, never by a client. */
export interface Identity {
  readonly user_id: string;
  readonly device_id: string;
}

/** Several commands of one connection and chat travel together, in order. Sent to `commandSubject(target, range)`. */
export interface CommandsRequest {
  readonly identity: Identity;
  /** The chat's id, or the user's id for account commands. */
  readonly aggregate_id: string;
  /** 1..`commands_per_request_max`, applied in this order. */
  readonly commands: readonly CommandRequest[];
}

export interface CommandRequest {
  readonly command_id: string;
  /** The wire method (`messages.send`) or, for what has none, an internal name (`account.addDevice`). */
  readonly method: string;
  /** Validated by the edge for shape and size, validated again by the handler. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Of the edge's span of this command; that of the request's header where there is none. */
  readonly traceparent?: string;
}

/** One reply a command, in order. */
export interface CommandsReply {
  readonly replies: readonly Reply[];
}

export interface QueryRequest {
  readonly identity: Identity;
  readonly params: Readonly<Record<string, unknown>>;
  /** What the session has seen: the read models must cover it before they answer. */
  readonly seen: SeenPositions;
}

export type Reply = Answered | Refused;

export interface Answered {
  readonly result: Readonly<Record<string, unknown>>;
  /** What the answer shows: the session's later queries must cover it. */
  readonly seen: SeenPositions;
}

export interface Refused {
  readonly error: {
    readonly code: string;
    readonly retryable: boolean;
    readonly retry_after_ms?: number;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/**
 * The highest positions a session has seen, by stream. `projected`: CHAT and ACCOUNT streams whose projections must
 * have reached the sequence. `logged`: sources (any family) of which this user's own log has an entry, which `user_log`
 * must have reached.
 */
export interface SeenPositions {
  readonly projected: Readonly<Record<string, number>>;
  readonly logged: Readonly<Record<string, number>>;
}

export const commands_per_request_max = 100;
export const nothingSeen: SeenPositions = { projected: {}, logged: {} };

/** The maximum of two, by stream. */
export function mergeSeen(one: SeenPositions, other: SeenPositions): SeenPositions {
  return { projected: maxima(one.projected, other.projected), logged: maxima(one.logged, other.logged) };
}

function maxima(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) {
  const merged: Record<string, number> = { ...one };
  for (const [stream, sequence] of Object.entries(other)) {
    merged[stream] = Math.max(merged[stream] ?? 0, sequence);
  }
  return merged;
}
