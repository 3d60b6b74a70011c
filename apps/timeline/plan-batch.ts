import { entryHash, emptyLogHash, type UserLogEntry } from '#domain/user-log/entry.js';
import type { Sha256 } from '#domain/kernel/hashing.js';
import { assert } from '#domain/kernel/assert.js';
import { isAtOrBefore, placeIn, type SourcePlace, type SourcePlaces } from './source-place.js';
import type { DatedDraft, Work } from './work.js';
import { raiseMarks, type CursorMarks } from './cursor-marks.js';

/** The last entry of a user's log. */
export interface LogHead {
  readonly pts: number;
  readonly hash: string;
  /** In the USER stream; 0 before the first entry. */
  readonly sequence: number;
  /** Read from the store, not reckoned by this writer: the store is asked to check it with the first entry after it. */
  readonly wasRead: boolean;
}

export const emptyLog: LogHead = { pts: 0, hash: emptyLogHash, sequence: 0, wasRead: true };

/** What planning needs to know of the users concerned: complete, or it throws. */
export interface Known {
  readonly heads: ReadonlyMap<string, LogHead>;
  /** Changed by planning: every cursor that is written raises its mark. */
  readonly marks: CursorMarks;
  readonly places: SourcePlaces;
}

interface PlannedEntry {
  readonly user_id: string;
  readonly sequence: number;
  readonly entry: UserLogEntry;
  readonly work: Work;
  /** Set on a user's first entry after a head that was read. */
  readonly afterSequence?: number;
}

export interface Plan {
  readonly entries: readonly PlannedEntry[];
  readonly heads: ReadonlyMap<string, LogHead>;
  readonly places: SourcePlaces;
  /** A source was passed without the entry that someone may be waiting for: the position is to be saved soon. */
  readonly tellSoon: boolean;
}

/**
 * The works, in order, to the entries of one atomic batch whose first message will stand at `firstSequence`. Each user's
 * entries go on from their head: pts + 1, hash over hash. Cursors that do not advance are left out. Pure but for `marks`.
 */
export function planBatch(works: readonly Work[], known: Known, firstSequence: number, sha256: Sha256): Plan {
  const heads = new Map<string, LogHead>();
  const places = new Map(known.places);
  const entries: PlannedEntry[] = [];
  let tellSoon = false;
  for (const work of works) {
    const told = new Set<string>();
    advance(places, work.source.stream, work.upTo);
    for (const draft of work.drafts) {
      if (!raiseMarks(known.marks, draft)) continue;
      const head = heads.get(draft.user_id) ?? known.heads.get(draft.user_id);
      assert(head !== undefined, 'every user of a batch has a known head');
      const planned = nextEntry(draft, work, head, firstSequence + entries.length, sha256);
      entries.push(planned);
      heads.set(draft.user_id, headAfter(planned));
      told.add(draft.user_id);
    }
    tellSoon ||= work.waitsFor !== undefined && !told.has(work.waitsFor);
  }
  return { entries, heads, places, tellSoon };
}

function advance(places: Map<string, SourcePlace>, stream: string, to: SourcePlace): void {
  assert(isAtOrBefore(placeIn(places, stream), to), `${stream} is written in its order`);
  places.set(stream, to);
}

function nextEntry(
  { user_id, index, ...told }: DatedDraft,
  work: Work,
  head: LogHead,
  sequence: number,
  sha256: Sha256,
): PlannedEntry {
  const { stream, sequence: sourceSequence } = work.source;
  const hashed = { pts: head.pts + 1, ...told };
  const source = { stream, sequence: sourceSequence, index };
  const hash = entryHash(sha256, head.hash, hashed);
  const planned = { user_id, sequence, work, entry: { format: 1, ...hashed, source, hash } as const };
  return head.wasRead ? { ...planned, afterSequence: head.sequence } : planned;
}

const headAfter = ({ entry: { pts, hash }, sequence }: PlannedEntry): LogHead => ({
  pts,
  hash,
  sequence,
  wasRead: false,
});
