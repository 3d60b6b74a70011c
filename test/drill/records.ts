/**
 * What a run leaves behind: plain data, one JSON object a line, so that the checker and the measurements can read it
 * long after the processes are gone. Times are milliseconds since the run began, by one clock of one machine.
 */

/** An update as it was sent to one device, in the order of arrival; `session` counts that device's connections. */
export interface UpdateRecord {
  readonly at_ms: number;
  readonly session: number;
  readonly pts: number;
  readonly pts_count: number;
  readonly date_ms: number;
  readonly sync_token: string;
  readonly commitment?: string;
  readonly update: WireUpdateBody;
}
export type WireUpdateBody = { readonly type: string; readonly [field: string]: unknown };

export interface DeviceRecord {
  readonly kind: 'device';
  readonly device: string;
  readonly user: string;
  /** `wire`: nothing but the protocol. `sdk`: a client that follows it, as its users see it. */
  readonly client: 'wire' | 'sdk';
}

export interface ChatRecord {
  readonly kind: 'chat';
  readonly chat_id: string;
  readonly form: 'direct' | 'group';
  /** Nobody comes or goes. */
  readonly is_steady: boolean;
  readonly creator: string;
  readonly members: readonly string[];
}

/** One request on the wire. Neither `answered_ms` nor `lost`: never answered. */
export interface Attempt {
  readonly sent_ms: number;
  readonly answered_ms?: number;
  readonly error?: { readonly code: string; readonly retryable: boolean };
  /** The connection closed with this code before an answer came. */
  readonly lost?: number;
}

/**
 * What a device wanted done, from wanting it to the last word on it. `unknown`: given up without an answer, it may have
 * happened. Attempts of SDK devices are their own business and are not seen.
 */
export interface OperationRecord extends SeenByAsker {
  readonly kind: 'operation';
  readonly device: string;
  readonly user: string;
  readonly method: string;
  readonly params: { readonly chat_id?: string; readonly [name: string]: unknown };
  readonly begun_ms: number;
  readonly ended_ms: number;
  readonly attempts: readonly Attempt[];
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  readonly code?: string;
  readonly retryable?: boolean;
  readonly result?: { readonly [name: string]: unknown };
}

/** Of reads: the last message and the marks of the chat that the session had been sent when it asked what was answered. */
export interface SeenByAsker {
  readonly seen_seq?: number;
  readonly seen_marks?: Readonly<Record<string, number>>;
}

export interface SessionRecord {
  readonly kind: 'session';
  readonly device: string;
  readonly session: number;
  readonly at_ms: number;
  /** `too_long`: the server did not continue from the token. */
  readonly event: 'opened' | 'too_long' | 'caught_up' | 'draining' | 'closed';
  /** Where the server said it was; of `opened` with a token also where the replay starts. */
  readonly pts?: number;
  readonly from_pts?: number;
  readonly hash?: string;
  readonly code?: number;
  /** What this side did itself: closes of its own are no interruption. */
  readonly is_own?: boolean;
  readonly server?: string;
}

/** A frame that answers nothing, or an error that is not of the catalogue's shape. */
export interface StrayRecord {
  readonly kind: 'stray';
  readonly device: string;
  readonly at_ms: number;
  readonly frame: string;
}

/** What an SDK device would have shown to its user beside answers. */
export interface ShownRecord {
  readonly kind: 'shown';
  readonly device: string;
  readonly at_ms: number;
  readonly event: 'refused' | 'diverged' | 'problem' | 'stopped' | 'reconnecting';
  readonly code: string;
  readonly retryable: boolean;
}

export interface FaultRecord {
  readonly kind: 'fault';
  readonly name: string;
  readonly fault_kind: string;
  /** What chance chose in it. */
  readonly detail?: string;
  readonly round: number;
  readonly at_ms: number;
  readonly phase: 'begin' | 'down' | 'starting' | 'up' | 'settled';
}

/** The pages of one snapshot, as answered, taken while the run went on or (`is_final`) at rest. */
export interface SnapshotRecord {
  readonly kind: 'snapshot';
  readonly user: string;
  readonly at_ms: number;
  readonly is_final: boolean;
  readonly pages: readonly SnapshotPage[];
}
export interface SnapshotPage {
  readonly pts: number;
  readonly hash: string;
  readonly chats: readonly { readonly chat_id: string; readonly [field: string]: unknown }[];
}

/** A page of a chat's history at rest. */
export interface HistoryRecord {
  readonly kind: 'history';
  readonly user: string;
  readonly chat_id: string;
  readonly messages: readonly { readonly seq: number; readonly [field: string]: unknown }[];
}

export interface MembersRecord {
  readonly kind: 'members';
  readonly user: string;
  readonly chat_id: string;
  readonly members: readonly string[];
}

/** What an SDK device shows at rest. */
export interface ShownStateRecord {
  readonly kind: 'shown_state';
  readonly device: string;
  readonly user: string;
  readonly pts: number;
  readonly chats: readonly { readonly chat_id: string; readonly [field: string]: unknown }[];
}

/** The run ended as planned; without it nothing is known of what was in flight. */
export interface EndRecord {
  readonly kind: 'end';
  readonly at_ms: number;
}

export type JournalRecord =
  | DeviceRecord
  | ChatRecord
  | OperationRecord
  | SessionRecord
  | StrayRecord
  | ShownRecord
  | FaultRecord
  | SnapshotRecord
  | HistoryRecord
  | MembersRecord
  | ShownStateRecord
  | EndRecord;

/** A run as the checker reads it, from files or from memory. */
export interface RecordedRun {
  journal(): AsyncIterable<JournalRecord>;
  updatesOf(device: string): AsyncIterable<UpdateRecord>;
}
