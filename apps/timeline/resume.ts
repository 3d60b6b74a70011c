import { entryHash } from '#domain/user-log/index.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { TimelinePosition } from '#streams/timeline-position.js';
import type { UserLog } from '#streams/user-log.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { boundedMarks, raiseMarks } from './cursor-marks.js';
import type { LogHead } from './plan-batch.js';
import { sha256 } from '#streams/sha256.js';
import { isAtOrBefore, placeIn, whole_message, type SourcePlace } from './source-place.js';
import type { WriterStart } from './user-stream-writer.js';

const marks_known_max = 200_000;
const before_first_event = -1;
/** Who missed more than this finds out by the regular look at the heads. */
const announced_again_max = 1_000;

export interface Resumed extends WriterStart {
  /** The last entries that were stored after the positions were saved: nobody knows whether they were announced. */
  readonly unannounced: readonly StoredEntry[];
}

/** What is asked of the store before anything is written. */
export type WrittenLog = Pick<UserLog, 'savedPosition' | 'lastSequence' | 'scan'>;

/**
 * What a new writer of a USER stream goes on from: the positions saved last, raised by the sources of the entries that
 * follow them, up to the stream's end as its leader tells it. If another writer adds to the stream meanwhile, the first
 * batch is refused.
 *
 * Of a RECEIPT stream the last receipt met counts as not done, because a large one may be stored in part: it is applied
 * again, and the marks taken from the scanned entries leave out what is written already. Receipts are applied in the order
 * of their stream (receipts wait behind one that waits), so nothing before the last one met can be missing.
 *
 * Pair assertion to writing: pts and hashes go on without a gap, and no source goes back. Else StoreDamaged.
 */
export async function resume(log: WrittenLog, stream: string, marks_max = marks_known_max): Promise<Resumed> {
  const saved = await log.savedPosition(stream);
  const lastSequence = await log.lastSequence(stream);
  const places = saved === null ? new Map<string, SourcePlace>() : placesOf(saved.position);
  const heads = new Map<string, LogHead>();
  const marks = boundedMarks(marks_max);
  const unannounced: StoredEntry[] = [];
  for await (const page of log.scan(stream, (saved?.sequence ?? 0) + 1, lastSequence)) {
    for (const message of page) {
      // One may have been saved by another writer since it was asked for: it can only be further.
      if (message.kind === 'position') {
        for (const [source, place] of placesOf(message.position)) raise(places, source, place);
        continue;
      }
      heads.set(message.user_id, headAfter(heads.get(message.user_id), message));
      raisePlace(places, message);
      raiseMarks(marks, { user_id: message.user_id, ...message.entry });
      unannounced.push(message);
    }
    unannounced.splice(0, unannounced.length - announced_again_max);
  }
  return { lastSequence, places, heads, marks, unannounced };
}

function headAfter(head: LogHead | undefined, { user_id, sequence, entry }: StoredEntry): LogHead {
  const goesOn =
    head === undefined || (entry.pts === head.pts + 1 && entry.hash === entryHash(sha256, head.hash, entry));
  if (!goesOn) throw new StoreDamaged(`the log of ${user_id} breaks at ${sequence}`);
  return { pts: entry.pts, hash: entry.hash, sequence, wasRead: false };
}

function raisePlace(places: Map<string, SourcePlace>, { sequence, entry }: StoredEntry): void {
  const { source } = entry;
  if (source.sequence < placeIn(places, source.stream).sequence) {
    throw new StoreDamaged(`the entry at ${sequence} goes back in ${source.stream}`);
  }
  const index = source.stream.startsWith('RECEIPT_') ? before_first_event : source.index;
  raise(places, source.stream, { sequence: source.sequence, index });
}

function raise(places: Map<string, SourcePlace>, source: string, place: SourcePlace): void {
  if (isAtOrBefore(placeIn(places, source), place)) places.set(source, place);
}

const placesOf = ({ positions }: TimelinePosition): Map<string, SourcePlace> =>
  new Map(
    Object.entries(positions).map(([source, sequence]) => [source, { sequence, index: whole_message }]),
  );
