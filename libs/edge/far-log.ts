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

  /** At most `log_read_entries_max`, whatever `max` is. */
  async entriesAfter(userId: string, position: LogPosition, request: FarRequest): Promise<FarRead> {
    const max = Math.min(request.max, log_read_entries_max);
    const { items, cut, covered_to } = await this.rows(userId, position, { ...request, max });
    const all = items.map(({ sequence, entry }) => ({ user_id: userId, sequence, entry }));
    const own = position.pts === 0 ? undefined : all.shift();
    if (position.pts > 0) await this.mustStandAt(userId, own, position, covered_to);
    const entries = contiguous(position.pts, all);
    const referredTo = new Map(all.map((stored, index) => [stored, given(items.at(index - all.length)!)]));
    const isTailTooLong = request.end - covered_to > request.tailMax;
    if (isTailTooLong && entries.length === 0) throw behind();
    if (cut || isTailTooLong || entries.length >= max) return { entries, more: true, referredTo };
    const last = all.at(-1) ?? own;
    const stretch = { fromSequence: covered_to + 1, max: max - entries.length };
    const from = last === undefined ? logStart : positionAt(last);
    const tail = await this.reader.entriesFollowing(userId, from, stretch);
    return { entries: [...entries, ...tail.entries], more: tail.more, referredTo };
  }

  private async rows(
    userId: string,
    { pts }: LogPosition,
    { max, events, seen }: FarRequest,
  ): Promise<LogReadResult> {
    const identity = { user_id: userId, device_id: userId };
    // What the log itself tells of needs no waiting: what is not in the table yet is read from the stream.
    const asking = { identity, params: { pts, max, events }, seen: { ...seen, logged: {} } };
    return replied(await this.ask.query('log.read', asking, patience)) as unknown as LogReadResult;
  }

  /** A table that has not come to the position cannot tell whether it is there. */
  private async mustStandAt(
    userId: string,
    own: StoredEntry | undefined,
    position: LogPosition,
    coveredTo: number,
  ): Promise<void> {
    if (own && standsAt(own, position)) return;
    if (own === undefined && coveredTo < position.sequence) throw behind();
    await this.reader.mustHold(userId, position);
    throw new StoreDamaged(`the read model has another log of ${userId} than the stream`);
  }
}

const behind = () => new Refusal('NOT_CAUGHT_UP', { retry_after_ms: behind_retry_ms });

const given = ({ event, tombstone }: LogReadItem): ReferredTo => ({
  ...(event === undefined ? {} : { event }),
  ...(tombstone === undefined
    ? {}
    : { tombstone: { chat_pts: tombstone.chat_pts, data: { message: tombstone.message } } }),
});
