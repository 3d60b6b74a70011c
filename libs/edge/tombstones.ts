import type { Tombstoned } from '#domain/chat/events.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import { showsText, type Tombstone } from '#domain/user-log/render.js';
import type { LogTombstonesParams, LogTombstonesResult } from '#protocol/internal-requests.js';
import { StoreDamaged, StoreUnavailable } from '#streams/event-store.js';
import type { SeenPositions } from '#streams/requests.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import type { Ask } from './ask.js';
import type { Patience } from './asking.js';
import type { ReferredTo } from './far-log.js';
import type { LogEntries } from './log-entries.js';
import { positionAt } from './log-position.js';
import type { SourceEvents } from './source-events.js';

/** How far ahead of a slice the log is searched for deletions. */
const tombstone_lookahead_entries_max = 10_000;
/** Longer than a query waits for what the session has seen. With nobody there, the log is looked at at once. */
const patience: Patience = { timeout_ms: 2_500, no_responders_wait_ms: 0 };

/** The entries of a slice that refer to events, in the log's order; null: the event is gone. */
export type SliceEvents = ReadonlyMap<StoredEntry, StoredEvent | null>;
type Found = ReadonlyMap<string, Tombstone>;

/**
 * What is left of those messages of a slice that were deleted since, wherever the deletion stands: in the slice, later in
 * the log, or, for somebody who left the chat before it, nowhere in the log.
 *
 * The read model knows them all. It covers what the asking session has seen; of somebody else's deletion it may lag by
 * the projector's few milliseconds: the text is then shown once more, and the deletion's own update follows (not to who
 * has left). When it does not answer, the log is searched ahead, bounded, so that catching up goes on without Postgres;
 * until it answers again, deletions after the reader left and those beyond the bound are not known.
 */
export class Tombstones {
  constructor(
    private readonly ask: Pick<Ask, 'query'>,
    private readonly entries: Pick<LogEntries, 'pages'>,
    private readonly sources: Pick<SourceEvents, 'eventsOf'>,
  ) {}

  /**
   * By message; to be called after the events were read. `referredTo`: what came with the entries from the read model, which
   * has then said already whether their messages are deleted. Throws StoreDamaged for an event that is gone although nothing
   * was deleted, StoreUnavailable when that cannot be known now.
   */
  async of(
    userId: string,
    slice: SliceEvents,
    seen: SeenPositions,
    referredTo: ReadonlyMap<StoredEntry, ReferredTo>,
  ): Promise<Found> {
    const told = new Map([...deletionsGiven(referredTo), ...deletionsIn(slice)]);
    const untold = [...slice.keys()].filter((stored) => !referredTo.get(stored)?.event);
    const open = new Set(untold.filter(isText).map(messageOf).filter(isNotIn(told)));
    const asked = open.size === 0 ? noTombstones : await this.fromReadModel(userId, [...open], seen);
    const known = new Map([...told, ...(asked ?? noTombstones)]);
    const isComplete = asked !== null && gone(slice, known).length === 0;
    const found = isComplete ? known : new Map([...known, ...(await this.fromLog(userId, slice, open))]);
    if (gone(slice, found).length === 0) return found;
    if (asked === null)
      throw new StoreUnavailable('an event is gone and its deletion cannot be looked up now');
    throw new StoreDamaged('an event is gone and no deletion covers it');
  }

  /** Null: no answer. */
  private async fromReadModel(
    userId: string,
    messages: readonly string[],
    seen: SeenPositions,
  ): Promise<Found | null> {
    const byChat = Map.groupBy(messages.map(placeOf), ({ chat_id }) => chat_id);
    const chats = [...byChat].map(([chat_id, places]) => ({ chat_id, seqs: places.map(({ seq }) => seq) }));
    const params: LogTombstonesParams = { chats };
    // The log is the user's, whichever device reads it; the query looks at no device.
    const identity = { user_id: userId, device_id: userId };
    const request = { identity, params: { ...params }, seen };
    const reply = await this.ask.query('log.tombstones', request, patience);
    if ('error' in reply) return null;
    const { tombstones } = reply.result as unknown as LogTombstonesResult;
    return new Map(
      tombstones.map(({ chat_id, chat_pts, message }) => [
        `${chat_id}:${message.seq}`,
        { chat_pts, data: { message } },
      ]),
    );
  }

  private async fromLog(userId: string, slice: SliceEvents, open: ReadonlySet<string>): Promise<Found> {
    const last = [...slice.keys()].at(-1);
    if (last === undefined || open.size === 0) return noTombstones;
    const deletions: StoredEntry[] = [];
    for await (const page of this.entries.pages(userId, positionAt(last), tombstone_lookahead_entries_max)) {
      const isDeletion = ({ kind }: StoredEntry['entry']) => kind === 'message.deleted';
      deletions.push(...page.filter((one) => isDeletion(one.entry) && open.has(messageOf(one))));
    }
    const events = await this.sources.eventsOf(deletions.map(({ entry }) => entry.source));
    return deletionsIn(new Map(deletions.map((stored, index) => [stored, events[index] ?? null])));
  }
}

export const messageOf = ({ entry }: StoredEntry): string => `${entry.chat_id}:${entry.seq}`;

const noTombstones: Found = new Map();

const isText = ({ entry }: StoredEntry): boolean => showsText(entry.kind);

const isNotIn = (found: Found) => (message: string) => !found.has(message);

function deletionsIn(slice: SliceEvents): Found {
  const deletions = [...slice].filter(
    ([{ entry }, event]) => entry.kind === 'message.deleted' && event !== null,
  );
  return new Map(deletions.map(([stored, event]) => [messageOf(stored), event as Tombstoned]));
}

const deletionsGiven = (referredTo: ReadonlyMap<StoredEntry, ReferredTo>): Found =>
  new Map(
    [...referredTo].flatMap(([stored, { tombstone }]) =>
      tombstone === undefined ? [] : [[messageOf(stored), tombstone] as const],
    ),
  );

/** Entries that cannot be shown: without their event, and not of a deleted message. */
const gone = (slice: SliceEvents, found: Found): readonly StoredEntry[] =>
  [...slice].flatMap(([stored, event]) =>
    event === null && !(isText(stored) && found.has(messageOf(stored))) ? [stored] : [],
  );

function placeOf(message: string): { chat_id: string; seq: number } {
  const [chat_id, seq] = message.split(':') as [string, string];
  return { chat_id, seq: Number(seq) };
}
