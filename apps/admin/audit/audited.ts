/** What an audit is made of: facts, each by itself, without a word of anybody's. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import type { AnyEvent } from '#domain/catalogue.js';
import type { Actor } from '#domain/kernel/decision.js';
import type { EntryKind, UserLogEntry } from '#domain/user-log/entry.js';

/** Where something stands: the stream's sequence, the event's index in its decision, and which of a receipt's cursors. */
export interface Place {
  readonly stream: string;
  readonly sequence: number;
  readonly index: number;
  readonly cursor?: number;
}

/**
 * An event as it was stored, its words left out: all of it outlives its erasure, so its hash is the same before and after.
 * `commitment` stands for a text, and the salt that would let anybody guess it is never told.
 */
export interface EventFact {
  readonly is: 'event';
  readonly at: Place;
  readonly stored_at_ms: number;
  readonly occurred_at_ms: number;
  readonly type: AnyEvent['type'];
  readonly version: number;
  readonly event_id: string;
  readonly decision_id: string;
  /** The chat's, or the user's. */
  readonly subject_id: string;
  /** 0 where nothing is numbered. */
  readonly chat_pts: number;
  readonly actor: Actor;
  readonly command_id: string;
  readonly causation_id: string;
  readonly correlation_id: string;
  readonly traceparent: string | null;
  /** The client's idempotency key. */
  readonly request_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One entry of a user's log: when what happened reached them. */
export interface EntryFact {
  readonly is: 'entry';
  readonly at: Place;
  readonly stored_at_ms: number;
  readonly user_id: string;
  readonly pts: number;
  readonly kind: EntryKind;
  readonly date_ms: number;
  readonly source: UserLogEntry['source'];
  readonly chat_id: string | null;
  readonly chat_pts: number | null;
  readonly seq: number | null;
  readonly values: UserLogEntry['values'] | null;
  readonly commitment: string | null;
  readonly log_hash: string;
}

/** A command that changed nothing. */
export interface RefusalFact {
  readonly is: 'refusal';
  readonly at: Place;
  readonly stored_at_ms: number;
  readonly occurred_at_ms: number;
  /** The chat's, or the user's own. */
  readonly subject_id: string;
  readonly actor: Actor;
  readonly method: string;
  readonly code: string;
  readonly command_id: string;
  readonly traceparent: string | null;
  /** The messages it was about. */
  readonly seqs: readonly number[];
  /** So many of this user were not kept since the one before. */
  readonly unrecorded: number;
}

/** Events of a chat of which nothing is left but their numbers. */
export interface GapFact {
  readonly is: 'gap';
  readonly at: Place;
  readonly stored_at_ms: number;
  readonly subject_id: string;
  readonly chat_pts_from: number;
  readonly chat_pts_to: number;
}

export type Fact = EventFact | EntryFact | RefusalFact | GapFact;

export interface Audited<F extends Fact = Fact> {
  readonly fact: F;
  /** Its words are gone from the stream. */
  readonly erased: boolean;
}

/** 64 hex digits; of the same fact always the same. */
export const factHash = (fact: Fact): string =>
  createHash('sha256').update(canonicalJson(fact)).digest('hex');

/** By time of storing; within one stream by place, which clocks cannot change. */
export function compareAudited({ fact: a }: Audited, { fact: b }: Audited): number {
  if (a.at.stream === b.at.stream)
    return (
      a.at.sequence - b.at.sequence || a.at.index - b.at.index || (a.at.cursor ?? 0) - (b.at.cursor ?? 0)
    );
  return a.stored_at_ms - b.stored_at_ms || (a.at.stream < b.at.stream ? -1 : 1);
}
