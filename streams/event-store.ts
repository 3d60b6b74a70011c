import type { Decision } from '#domain/kernel/decision.js';

/**
 * The port to the aggregates' streams (CHAT, RECEIPT, ACCOUNT). Two implementations, one contract spec: NATS, and an
 * in-memory twin for simulations.
 *
 * Atomicity: a decision is visible whole or not at all; so is a batch of decisions of one aggregate.
 * Ordering: decisions of an aggregate stand in append order; an append that succeeded stands right after the head it
 * expected. Between aggregates of one stream the order is the stream's; between streams there is none.
 * Durability: when `append` answers `appended`, the decision survives the death of any process (I1).
 * Errors: what the store refuses is a value (AppendResult). A thrown StoreUnavailable says that the outcome of a read is
 * unknown; the outcome of an append is never thrown, it is `unknown`.
 */
export interface EventStore {
  /**
   * An aggregate's head and the decisions its pointers name, by gets, never a scan. Null when the subject is empty.
   * `fresh` asks the stream's leader instead of any replica: use it after a refused or unknown append.
   */
  load(subject: string, options?: { fresh?: boolean }): Promise<LoadedAggregate | null>;

  /** One decision of any aggregate by its place; null when that sequence is not there (erased, or never written). */
  read(stream: string, sequence: number): Promise<StoredDecision | null>;

  /** Several at once, in the order asked. */
  readMany(stream: string, sequences: readonly number[]): Promise<(StoredDecision | null)[]>;

  /**
   * Appends 1..`append_decisions_max` decisions of one aggregate, all or none, expecting that the subject's last
   * sequence is `expectedSequence` (0: that it has none). One decision goes as a plain publish, more as one atomic batch.
   * `messageIds` (same length, entries may be null) are the store's duplicate window's keys: an optimisation only.
   */
  append(
    subject: string,
    expectedSequence: number,
    decisions: readonly Decision[],
    messageIds?: readonly (string | null)[],
  ): Promise<AppendResult>;

  /** The same without expectation, for marks whose order does not matter (RECEIPT). */
  appendUnguarded(subject: string, decision: Decision, messageId?: string): Promise<AppendResult>;
}

export interface StoredDecision<D extends Decision = Decision> {
  readonly stream: string;
  readonly subject: string;
  readonly sequence: number;
  /** The store's own time of writing. */
  readonly stored_at_ms: number;
  readonly decision: D;
}

/** Everything needed to fold the present state. Pointers are resolved to absolute sequences. */
export interface LoadedAggregate<D extends Decision = Decision> {
  readonly head: StoredDecision<D>;
  /** From the one with the whole state to the head, oldest first; an erased one is left out (see `missing`). */
  readonly decisions: readonly StoredDecision<D>[];
  /** The decision that carries the member list; null for aggregates without members. */
  readonly membersFrom: StoredDecision<D> | null;
  /** Sequences that the pointers name and the stream no longer holds. */
  readonly missing: readonly number[];
}

export type AppendResult =
  /** Stored: the first decision's sequence; the others follow without a gap. */
  | { readonly kind: 'appended'; readonly stream: string; readonly firstSequence: number }
  /** The subject's head is not the expected one: load fresh and decide again. Nothing was stored by this call. */
  | { readonly kind: 'conflict' }
  /** A message id was seen before; `sequence` is its first place where the store tells it. Nothing new was stored. */
  | { readonly kind: 'duplicate'; readonly sequence?: number }
  /** No answer in time: it may be stored or not. Load fresh, compare decision ids, decide again. */
  | { readonly kind: 'unknown' }
  /** Refused for good: larger than the store takes. */
  | { readonly kind: 'too_large' };

export const append_decisions_max = 64;

/** The store cannot be reached or did not answer in time. Retryable. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Stored bytes that are not what the format says: a reader stops here, it never skips. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';
}

/** What a pointer of a decision's header means for the message that carries it. */
export const resolvePointer = (pointer: number, ownSequence: number): number =>
  pointer > 0 ? pointer : ownSequence + pointer;
