import type { Decision, StoredEvent } from '../kernel/decision.js';

/**
 * High-water marks that a reader moved, merged by maximum, so their order among themselves does not matter. `after`
 * is the chat's stream sequence at which membership was checked: the timeline applies the mark only once past it.
 */
export interface Cursor {
  readonly chat_id: string;
  readonly seq: number;
  readonly after: number;
  /** As of the member who reads (chat/events.ts); never of what is delivered. */
  readonly joined_seq?: number;
}

export type ReadCursorMoved = StoredEvent<
  'ReadCursorMoved',
  { readonly user_id: string; readonly cursors: readonly Cursor[] }
>;
export type DeliveredCursorMoved = StoredEvent<
  'DeliveredCursorMoved',
  { readonly user_id: string; readonly cursors: readonly Cursor[] }
>;
/** The device has stored the user's log up to `pts`. */
export type DeviceCursorMoved = StoredEvent<
  'DeviceCursorMoved',
  { readonly user_id: string; readonly device_id: string; readonly pts: number }
>;

export type ReceiptEvent = ReadCursorMoved | DeliveredCursorMoved | DeviceCursorMoved;
export type ReceiptDecision = Decision<ReceiptEvent, never, never>;

/** A decision never moves more cursors than this; more are several decisions. */
export const cursors_max = 100;
