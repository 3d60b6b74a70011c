/** Calls between two people: who rings, who answers, how it ends. What their devices say to each other meanwhile is theirs. */
import type { CallKind, CallView } from '#domain/chat/call.js';
import { Id, OneOf, Optional, Text } from '../fields.js';
import { call_payload_chars_max } from '../limits.js';

/** Rings on all devices of the user. `payload` is told to those that are connected, as by `calls.signal`. */
export class CallsRequestParams {
  @Id() user_id!: string;
  @OneOf('audio', 'video') kind!: CallKind;
  @Optional() @Text(1, call_payload_chars_max) payload?: string;
  @Optional() @Id() client_request_id?: string;
}

/** The device that asks first has the call. Repeated by it, it changes nothing. */
export class CallsAcceptParams {
  @Id() chat_id!: string;
  @Id() call_id!: string;
  @Optional() @Text(1, call_payload_chars_max) payload?: string;
  @Optional() @Id() client_request_id?: string;
}

/** To the device at the other end; while it rings, to all that ring, or to the one that calls. Whatever the two agree on: kept nowhere. */
export class CallsSignalParams {
  @Id() chat_id!: string;
  @Id() call_id!: string;
  @Text(1, call_payload_chars_max) payload!: string;
  /** Not needed: nothing is kept. */
  @Optional() @Id() client_request_id?: string;
}
export type CallsSignalResult = Readonly<Record<never, never>>;

/** Of what has ended it changes nothing. */
export class CallsDiscardParams {
  @Id() chat_id!: string;
  @Id() call_id!: string;
  /** Absent: `declined` where it rings, else `hangup`. */
  @Optional()
  @OneOf('hangup', 'declined', 'busy', 'failed')
  reason?: 'hangup' | 'declined' | 'busy' | 'failed';
  @Optional() @Id() client_request_id?: string;
}

/** As it is after it; a repeat answers as the first did. */
export interface CallResult {
  readonly call: CallView;
}

export class CallsIceServersParams {}
export interface CallsIceServersResult {
  /** As `RTCPeerConnection` takes them; empty where the installation has none. */
  readonly ice_servers: readonly IceServer[];
  /** Absent: they do not expire. */
  readonly expires_in_s?: number;
}
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** The params of a `call.signal` notification. */
export interface CallSignal {
  readonly chat_id: string;
  readonly call_id: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly payload: string;
}
