import type { Tombstoned } from '#domain/chat/events.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import type { EntryKind } from '#domain/user-log/entry.js';
import { renderUpdate, type RenderedEvent } from '#domain/user-log/render.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { Gate } from './gate.js';
import { positionAt, type LogPosition } from './log-position.js';
import type { LogReader } from './log-reader.js';
import type { SourceEvents } from './source-events.js';

/** A slice ends early here, after at least one update. */
const slice_bytes_max = 1024 * 1024;
/** How far ahead the deletion of a message whose text is erased is looked for. */
const tombstone_lookahead_entries_max = 10_000;

/** Slices that are read at the same time; thousands that come back together wait for one another. */
const reads_in_flight_max = 32;

export interface Slice {
  /** Right after the position asked for, contiguous, ascending. */
  readonly items: readonly AnnouncedUpdate[];
  readonly more: boolean;
}

/** A user's updates from the log and the events its entries refer to. Errors as of LogReader. */
export class CatchUp {
  private readonly gate = new Gate(reads_in_flight_max);

  constructor(
    readonly reader: LogReader,
    private readonly sources: SourceEvents,
  ) {}

  updatesAfter(userId: string, position: LogPosition, max: number): Promise<Slice> {
    return this.gate.run(() => this.read(userId, position, max));
  }

  private async read(userId: string, position: LogPosition, max: number): Promise<Slice> {
    const read = await this.reader.entriesAfter(userId, position, max);
    const withEvents = read.entries.filter(({ entry }) => needsEvent(entry.kind));
    const events = await this.sources.eventsOf(withEvents.map(({ entry }) => entry.source));
    const eventOf = new Map(withEvents.map((stored, index) => [stored, events[index] ?? null]));
    const tombstones = tombstonesOf(eventOf);
    await this.findMissing(userId, read.entries, eventOf, tombstones);
    const items = read.entries.map((stored) =>
      rendered(stored, eventOf.get(stored) ?? null, tombstones.get(messageOf(stored))),
    );
    const fitting = countWithin(items, slice_bytes_max);
    return { items: items.slice(0, fitting), more: read.more || fitting < items.length };
  }

  /** A message whose event is gone was deleted; its deletion stands later in the log, perhaps beyond what was read. */
  private async findMissing(
    userId: string,
    entries: readonly StoredEntry[],
    eventOf: ReadonlyMap<StoredEntry, StoredEvent | null>,
    tombstones: Map<string, Tombstoned>,
  ): Promise<void> {
    const missing = new Set(
      [...eventOf].filter(([, event]) => event === null).map(([stored]) => messageOf(stored)),
    );
    const isWanted = (message: string) => missing.has(message) && !tombstones.has(message);
    if (![...missing].some(isWanted)) return;
    const { entries: later } = await this.reader.entriesAfter(
      userId,
      positionAt(entries.at(-1)!),
      tombstone_lookahead_entries_max,
    );
    const deletions = later.filter(
      (stored) => stored.entry.kind === 'message.deleted' && isWanted(messageOf(stored)),
    );
    const events = await this.sources.eventsOf(deletions.map(({ entry }) => entry.source));
    const found = tombstonesOf(new Map(deletions.map((stored, index) => [stored, events[index] ?? null])));
    for (const [message, tombstone] of found) tombstones.set(message, tombstone);
    if ([...missing].some(isWanted)) throw new StoreDamaged('an event is gone and no deletion covers it');
  }
}

/** The deletions among what was read, by message: what comes before them in the log is shown without its text. */
function tombstonesOf(eventOf: ReadonlyMap<StoredEntry, StoredEvent | null>): Map<string, Tombstoned> {
  const deletions = [...eventOf].filter(
    ([{ entry }, event]) => entry.kind === 'message.deleted' && event !== null,
  );
  return new Map(deletions.map(([stored, event]) => [messageOf(stored), event as Tombstoned]));
}

const messageOf = ({ entry }: StoredEntry): string => `${entry.chat_id}:${entry.seq}`;

function rendered(
  { entry, sequence }: StoredEntry,
  event: StoredEvent | null,
  tombstone: Tombstoned | undefined,
): AnnouncedUpdate {
  const { pts, date_ms, hash, commitment, source } = entry;
  return {
    pts,
    date_ms,
    ...(commitment === undefined ? {} : { commitment }),
    sequence,
    hash,
    source: { stream: source.stream, sequence: source.sequence },
    update: renderUpdate(entry, event as RenderedEvent | null, tombstone),
  };
}

const withoutEvent: ReadonlySet<EntryKind> = new Set([
  'read.inbox',
  'read.outbox',
  'delivered.outbox',
  'chat.removed',
]);
const needsEvent = (kind: EntryKind): boolean => !withoutEvent.has(kind);

function countWithin(items: readonly AnnouncedUpdate[], bytesMax: number): number {
  let bytes = 0;
  const over = items.findIndex(({ update }, index) => {
    bytes += Buffer.byteLength(JSON.stringify(update));
    return index > 0 && bytes > bytesMax;
  });
  return over === -1 ? items.length : over;
}
