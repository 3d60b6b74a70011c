/**
 * The stored form of an accepted decision: one stream message, 1..n events, atomically visible or not at all.
 * An anchor (whole state before an erasure) is the one decision without events. Frozen: docs/adr/0002.
 */
export interface Decision<E extends StoredEvent = StoredEvent, S = unknown, M = unknown> {
  readonly format: 1;
  /** UUIDv7, made by the handler; a reload compares it to learn whose write won. */
  readonly decision_id: string;
  readonly meta: DecisionMeta;
  /** The idempotency key and what it stood for; absent where the command carried none. */
  readonly request?: RequestMark;
  readonly header: DecisionHeader;
  readonly events: readonly E[];
  /** The whole bounded state after the events, bodies and members excepted; present when `state_at` is 0. */
  readonly state?: S;
  /** The whole member list after the events; present when `members_at` is 0. Never beside a message body. */
  readonly members?: readonly M[];
}

/**
 * Pointers into the same stream. A positive number is a stream sequence; zero or a negative one is relative to the
 * sequence of the message that carries it (0 itself, -1 the one before): messages of one atomic batch stand side by
 * side in the stream but do not know their sequences when they are written.
 */
export interface DecisionHeader {
  /** The last decision that carries the whole state. */
  readonly state_at: number;
  /**
   * The decisions after `state_at` and before this one, oldest first. With this one they are at most 31 (`since_max`):
   * every 32nd decision carries the whole state.
   */
  readonly since: readonly number[];
  /** The last decision that carries the member list; 0 too for aggregates without members. */
  readonly members_at: number;
  /** Of a chat that is a channel after this decision: nothing of it is copied into its members' logs. */
  readonly channel?: true;
}

export interface DecisionMeta {
  /** max(the handler's clock, the aggregate's last date): never goes back within an aggregate. */
  readonly occurred_at_ms: number;
  readonly actor: Actor;
  readonly command_id: string;
  /** What directly caused this: the command, or the event a process reacted to. */
  readonly causation_id: string;
  /** The first cause: the client's request. */
  readonly correlation_id: string;
  /** W3C trace context of the server's own span; a client's is linked, never continued. */
  readonly traceparent?: string;
}

/** Who did it. Nulls: the system itself. */
export interface Actor {
  readonly user_id: string | null;
  readonly device_id: string | null;
}

export interface RequestMark {
  /** `client_msg_id` or `client_request_id`; unique by (user, aggregate), for ever. */
  readonly id: string;
  /** Keyed hash of the request's body: tells a mismatch, tells nothing of the text. */
  readonly hash: string;
}

/** One event as stored. `type` is a name of the catalogue, never a class name. */
export interface StoredEvent<T extends string = string, D = unknown> {
  readonly event_id: string;
  readonly type: T;
  readonly version: number;
  /** The chat's own numbering, 1, 2, 3, ... without holes; 0 in aggregates that number nothing. */
  readonly chat_pts: number;
  readonly data: D;
}

/** At most this many decisions, the head included, stand after the last one with the whole state. */
export const since_max = 31;
