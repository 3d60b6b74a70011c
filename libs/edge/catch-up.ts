import type { StoredEvent } from '#domain/kernel/decision.js';
import type { EntryKind } from '#domain/user-log/entry.js';
import { renderUpdate, type RenderedEvent, type Tombstone } from '#domain/user-log/render.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { nothingSeen, type SeenPositions } from '#streams/requests.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { Gate } from './gate.js';
import type { LogPosition } from './log-position.js';
import type { LogReader } from './log-reader.js';
import type { SourceEvents } from './source-events.js';
import { messageOf, type Tombstones } from './tombstones.js';

/** A slice ends early here, after at least one update. */
const slice_bytes_max = 1024 * 1024;
/** Slices that are read at the same time; thousands that come back together wait for one another. */
const reads_in_flight_max = 32;

export interface Slice {
  /** Right after the position asked for, contiguous, ascending. */
  readonly items: readonly AnnouncedUpdate[];
  readonly more: boolean;
}

/** A user's updates from the log and the events its entries refer to (I9: of deleted messages the tombstone). Errors as of LogReader. */
export class CatchUp {
  private readonly gate = new Gate(reads_in_flight_max);

  constructor(
    readonly reader: LogReader,
    private readonly sources: SourceEvents,
    private readonly tombstones: Tombstones,
  ) {}

  /** `seen`: what the session has seen that asks, where one session asks; see Tombstones. */
  updatesAfter(
    userId: string,
    position: LogPosition,
    max: number,
    seen: SeenPositions = nothingSeen,
  ): Promise<Slice> {
    return this.gate.run(() => this.read(userId, position, max, seen));
  }

  private async read(
    userId: string,
    position: LogPosition,
    max: number,
    seen: SeenPositions,
  ): Promise<Slice> {
    const read = await this.reader.entriesAfter(userId, position, max);
    const withEvents = read.entries.filter(({ entry }) => needsEvent(entry.kind));
    const events = await this.sources.eventsOf(withEvents.map(({ entry }) => entry.source));
    const eventOf = new Map(withEvents.map((stored, index) => [stored, events[index] ?? null]));
    const tombstones = await this.tombstones.of(userId, eventOf, seen);
    const items = read.entries.map((stored) =>
      rendered(stored, eventOf.get(stored) ?? null, tombstones.get(messageOf(stored))),
    );
    const fitting = countWithin(items, slice_bytes_max);
    return { items: items.slice(0, fitting), more: read.more || fitting < items.length };
  }
}

function rendered(
  { entry, sequence }: StoredEntry,
  event: StoredEvent | null,
  tombstone: Tombstone | undefined,
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
