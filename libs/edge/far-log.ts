import type { Tombstone } from '#domain/user-log/render.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import { log_read_entries_max, type LogReadItem, type LogReadResult } from '#protocol/internal-requests.js';
import { Refusal } from '#protocol/refusal.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { SeenPositions } from '#streams/requests.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { replied, type Ask } from './ask.js';
import type { Patience } from './asking.js';
import { logStart, positionAt, type LogPosition } from './log-position.js';
import { contiguous, standsAt, type EntriesRead, type LogReader } from './log-reader.js';

const behind_retry_ms = 1_000;
/** With nobody there the reader waits itself, and lets others have its turn. */
const patience: Patience = { timeout_ms: 5_000, no_responders_wait_ms: 0 };

/** What the read model says of an entry: its event, or that the message is deleted. */
export interface ReferredTo {
  readonly event?: StoredEvent;
  readonly tombstone?: Tombstone;
}
export interface FarRead extends EntriesRead {
  /** Entries that are not in it have no event, or the read model did not have it. */
  readonly referredTo: ReadonlyMap<StoredEntry, ReferredTo>;
}

export interface FarRequest {
  readonly max: number;
  /** Whether what the entries refer to is asked for as well. */
  readonly events: boolean;
  /** Chats' tables must show at least that. */
  readonly seen: SeenPositions;
  /** A tail longer than this, in stream messages, is not read from the stream: the read model has to come closer first. */
  readonly tailMax: number;
  /** Where the stream ended a moment ago. */
  readonly end: number;
}

/**
 * A user's log far behind the stream's end: rows of the read model up to its checkpoint, and behind the last of them the
 * stream itself, read from the checkpoint on. That the two are one log is told by the hash of the first entry that comes
 * from the stream.
 *
 * Throws what LogReader throws, and Refusal (retryable) as long as the read model does not answer or is itself too far
 * behind.
 */
export class FarLog {
  constructor(
    private readonly ask: Pick<Ask, 'query'>,
    private readonly reader: Pick<LogReader, 'entriesFollowing' | 'mustHold'>,
  ) {}

  async entriesAfter(userId: string, position: LogPosition, request: FarRequest): Promise<FarRead> {
    const { items, more, covered_to } = await this.rows(userId, position, request);
    const all = items.map(({ sequence, entry }) => ({ user_id: userId, sequence, entry }));
    const own = position.pts === 0 ? undefined : all.shift();
    if (position.pts > 0) await this.mustStandAt(userId, own, position, covered_to);
    const entries = contiguous(position.pts, all);
    const referredTo = new Map(all.map((stored, index) => [stored, given(items.at(index - all.length)!)]));
    if (more) return { entries, more, referredTo };
    const last = all.at(-1) ?? own;
    return this.withTail(userId, { entries, more, referredTo }, last, covered_to, request);
  }

  private async rows(userId: string, { pts }: LogPosition, request: FarRequest): Promise<LogReadResult> {
    const max = Math.min(request.max, log_read_entries_max);
    const identity = { user_id: userId, device_id: userId };
    // What the log itself tells of needs no waiting: what is not in the table yet is read from the stream.
    const seen = { projected: request.seen.projected, logged: {} };
    const params = { pts, max, events: request.events };
    const reply = await this.ask.query('log.read', { identity, params, seen }, patience);
    return replied(reply) as unknown as LogReadResult;
  }

  private async withTail(
    userId: string,
    rows: FarRead,
    last: StoredEntry | undefined,
    coveredTo: number,
    { max, end, tailMax }: FarRequest,
  ): Promise<FarRead> {
    const isFull = rows.entries.length >= max;
    if (isFull || end - coveredTo > tailMax) {
      if (rows.entries.length > 0) return { ...rows, more: true };
      throw new Refusal('NOT_CAUGHT_UP', { retry_after_ms: behind_retry_ms });
    }
    const stretch = { fromSequence: coveredTo + 1, max: max - rows.entries.length };
    const from = last === undefined ? logStart : positionAt(last);
    const tail = await this.reader.entriesFollowing(userId, from, stretch);
    return { ...rows, entries: [...rows.entries, ...tail.entries], more: tail.more };
  }

  /** A table that has not come to the position cannot tell whether it is there. */
  private async mustStandAt(
    userId: string,
    own: StoredEntry | undefined,
    position: LogPosition,
    coveredTo: number,
  ): Promise<void> {
    if (own && standsAt(own, position)) return;
    if (own === undefined && coveredTo < position.sequence)
      throw new Refusal('NOT_CAUGHT_UP', { retry_after_ms: behind_retry_ms });
    await this.reader.mustHold(userId, position);
    throw new StoreDamaged(`the read model has another log of ${userId} than the stream`);
  }
}

const given = ({ event, tombstone }: LogReadItem): ReferredTo => ({
  ...(event === undefined ? {} : { event }),
  ...(tombstone === undefined
    ? {}
    : { tombstone: { chat_pts: tombstone.chat_pts, data: { message: tombstone.message } } }),
});
