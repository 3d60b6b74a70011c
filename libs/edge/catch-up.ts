import type { StoredEvent } from '#domain/kernel/decision.js';
import { needsEvent, renderUpdate, type RenderedEvent, type Tombstone } from '#domain/user-log/render.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { nothingSeen, type SeenPositions } from '#streams/requests.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import type { FarRead, ReferredTo } from './far-log.js';
import { Gate } from './gate.js';
import type { LogEntries } from './log-entries.js';
import type { LogPosition } from './log-position.js';
import type { LogReader } from './log-reader.js';
import { OneEach } from './one-each.js';
import { measureSlice, observeWaiting } from './replay-metrics.js';
import type { SourceEvents } from './source-events.js';
import { messageOf, type SliceEvents, type Tombstones } from './tombstones.js';
import { piece_items_max, turns } from './turns.js';

/** A slice ends early here, after at least one update: in bytes of the events it is made of. */
const slice_bytes_max = 1024 * 1024;
/** Slices that are read at the same time; thousands that come back together wait for one another. */
const reads_in_flight_max = 8;
/** Those that are read from the read model: its queries are other people's as well. */
const far_reads_in_flight_max = 8;

export interface Slice {
  /** Right after the position asked for, contiguous, ascending. */
  readonly items: readonly AnnouncedUpdate[];
  readonly more: boolean;
}

/**
 * A user's updates from the log and the events its entries refer to (I9: of deleted messages the tombstone). Memory is
 * bounded by the slices that are read at a time, of one user one: who asks for many keeps nobody else waiting. It takes turns
 * with everything else. Errors as of LogEntries.
 */
export class CatchUp {
  private readonly near = new Gate(reads_in_flight_max);
  private readonly far = new Gate(far_reads_in_flight_max);
  private readonly users = new OneEach();

  constructor(
    readonly reader: LogReader,
    private readonly entries: LogEntries,
    private readonly sources: SourceEvents,
    private readonly tombstones: Tombstones,
  ) {
    observeWaiting(this.near, this.far);
  }

  /** `seen`: what the session has seen that asks, where one session asks; see Tombstones. */
  async updatesAfter(
    userId: string,
    position: LogPosition,
    max: number,
    seen: SeenPositions = nothingSeen,
  ): Promise<Slice> {
    const read = () => this.read(userId, position, max, seen);
    return this.users.run(userId, async () => {
      const source = (await this.entries.isFar(userId, position)) ? 'read_model' : 'stream';
      return measureSlice(source, () => (source === 'stream' ? this.near : this.far).run(read));
    });
  }

  private async read(
    userId: string,
    position: LogPosition,
    max: number,
    seen: SeenPositions,
  ): Promise<Slice> {
    const read = await this.entries.after(userId, position, max, { events: true, seen });
    const { entries, events } = await this.fitting(read);
    const tombstones = await this.tombstones.of(userId, events, seen, read.referredTo);
    const items = await turns.map(entries, (stored) =>
      rendered(stored, events.get(stored) ?? null, tombstones.get(messageOf(stored))),
    );
    return { items, more: read.more || entries.length < read.entries.length };
  }

  /** The first entries, as many as fit a slice with their events; at least one. */
  private async fitting({ entries, referredTo }: FarRead): Promise<Fitting> {
    const events = new Map<StoredEntry, StoredEvent | null>();
    let bytes = 0;
    // Bodies are as long as people make them: not many more are held than fit the slice.
    for (let from = 0; from < entries.length; from += piece_items_max) {
      await turns.next();
      const some = entries.slice(from, from + piece_items_max);
      const found = await this.eventsOf(some, referredTo);
      for (const [index, stored] of some.entries()) {
        const event = found.get(stored);
        if (event) bytes += JSON.stringify(event).length;
        if (bytes > slice_bytes_max && from + index > 0)
          return { events, entries: entries.slice(0, from + index) };
        if (event !== undefined) events.set(stored, event);
      }
    }
    return { events, entries };
  }

  /** Undefined: the entry needs none. Null: it is gone, or the message deleted. */
  private async eventsOf(entries: readonly StoredEntry[], referredTo: FarRead['referredTo']) {
    const needing = entries.filter(({ entry }) => needsEvent(entry.kind));
    const missing = needing.filter((stored) => !isGiven(referredTo.get(stored)));
    const read = await this.sources.eventsOf(missing.map(({ entry }) => entry.source));
    const found = new Map(needing.map((stored) => [stored, referredTo.get(stored)?.event ?? null]));
    missing.forEach((stored, index) => found.set(stored, read[index] ?? null));
    return found as ReadonlyMap<StoredEntry, StoredEvent | null>;
  }
}

interface Fitting {
  readonly entries: readonly StoredEntry[];
  readonly events: SliceEvents;
}

const isGiven = (given: ReferredTo | undefined): boolean =>
  given?.event !== undefined || given?.tombstone !== undefined;

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
    update: renderUpdate(entry, event as RenderedEvent | null, Date.now(), tombstone),
  };
}
