/** A call between two people, as it stands in their direct chat: who, when, and how it ended. What they say to each other never does. */
export interface Call {
  readonly call_id: string;
  readonly kind: CallKind;
  readonly state: CallState;
  readonly caller_id: string;
  readonly caller_device_id: string;
  readonly callee_id: string;
  /** The one that accepted it; the others stop ringing. */
  readonly callee_device_id?: string;
  readonly requested_at_ms: number;
  readonly accepted_at_ms?: number;
  /** While it lives: when it ends by itself. */
  readonly expires_at_ms?: number;
  readonly discarded_at_ms?: number;
  readonly reason?: CallEnd;
  /** Absent: it ended by itself. */
  readonly discarded_by?: CallDevice;
}

export const callKinds = ['audio', 'video'] as const;
export type CallKind = (typeof callKinds)[number];
export const callStates = ['requested', 'accepted', 'discarded'] as const;
export type CallState = (typeof callStates)[number];

/** `missed`: nobody answered in time. `failed`: of an accepted one, nobody has ended it; or a device could not go on. */
export const callEnds = ['hangup', 'declined', 'busy', 'missed', 'failed'] as const;
export type CallEnd = (typeof callEnds)[number];

export interface CallDevice {
  readonly user_id: string;
  readonly device_id: string;
}

/** Without a device: all of the user's. */
export interface CallAddressee {
  readonly user_id: string;
  readonly device_id?: string;
}

/** Whom a device speaks to; null: it is in no such call. While it rings, every device that rings may speak. */
export function signalAddressee(call: Call, { user_id, device_id }: CallDevice): CallAddressee | null {
  const { caller_id, caller_device_id, callee_id, callee_device_id } = call;
  if (user_id === caller_id && device_id === caller_device_id)
    return { user_id: callee_id, ...(callee_device_id !== undefined && { device_id: callee_device_id }) };
  if (user_id !== callee_id || (callee_device_id ?? device_id) !== device_id) return null;
  return { user_id: caller_id, device_id: caller_device_id };
}

/** A call as clients see it. */
export interface CallView extends Call {
  readonly chat_id: string;
  /** Once it is discarded: how long they talked. */
  readonly duration_ms?: number;
}

export const isLive = ({ state }: Call): boolean => state !== 'discarded';

export function callView(chat_id: string, call: Call): CallView {
  const { accepted_at_ms, discarded_at_ms } = call;
  if (discarded_at_ms === undefined) return { chat_id, ...call };
  return { chat_id, ...call, duration_ms: discarded_at_ms - (accepted_at_ms ?? discarded_at_ms) };
}
