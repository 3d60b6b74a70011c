import { assert } from '#domain/kernel/assert.js';
import type { EntryDraft } from '#domain/user-log/index.js';
import { isAtOrBefore, whole_message, type SourcePlace } from './source-place.js';
import type { SourceMessage } from './source-message.js';

/** An entry without what only the writer knows: its number and its hash. */
export type DatedDraft = EntryDraft & {
  readonly date_ms: number;
  /** Which of the source's events it tells of. */
  readonly index: number;
};

/**
 * What one source message means for one USER stream: the drafts of its users, ascending by `index`. Without drafts it
 * still moves the writer's position.
 */
export interface Work {
  readonly source: SourceMessage;
  readonly drafts: readonly DatedDraft[];
  /** Where the writer stands once this is written. */
  readonly upTo: SourcePlace;
  /** Who may be waiting to see this source in their own log: when no entry tells them, the saved position must. */
  readonly waitsFor?: string;
}

/** The drafts after `place` alone; null when nothing of the work is left. */
export function workAfter(work: Work, place: SourcePlace): Work | null {
  if (isAtOrBefore(work.upTo, place)) return null;
  if (work.source.sequence > place.sequence) return work;
  return { ...work, drafts: work.drafts.filter(({ index }) => index > place.index) };
}

/**
 * One atomic batch takes `max` entries. A larger work is split between events, so that every part ends at a place from
 * which a new writer can go on. Cursors may be split anywhere: writing one twice is harmless, and a writer that takes
 * over applies its last receipt again (see `resume.ts`).
 */
export function splitWork(work: Work, max: number): Work[] {
  if (work.drafts.length <= max) return [work];
  const parts: Work[] = [];
  let from = 0;
  while (from < work.drafts.length) {
    const to = partEnd(work.drafts, from, max);
    const last = to === work.drafts.length;
    const drafts = work.drafts.slice(from, to);
    const upTo = last ? work.upTo : placeBefore(work, work.drafts[to]!.index);
    parts.push({ ...work, drafts, upTo });
    from = to;
  }
  return parts;
}

function partEnd(drafts: readonly DatedDraft[], from: number, max: number): number {
  if (drafts.length - from <= max) return drafts.length;
  let end = from + max;
  if (isCursorKind(drafts[from]!.kind)) return end;
  while (end > from && drafts[end - 1]!.index === drafts[end]!.index) end -= 1;
  assert(end > from, `one event makes more than ${max} entries in one stream`);
  return end;
}

/** All events before `index` are written; none of the message's when it is the first. */
function placeBefore({ source: { sequence } }: Work, index: number): SourcePlace {
  return index > 0 ? { sequence, index: index - 1 } : { sequence: sequence - 1, index: whole_message };
}

/** Entries that move a high-water mark and are written only when it advances. */
export const cursorKinds = ['read.inbox', 'read.outbox', 'delivered.outbox'] as const;
export type CursorKind = (typeof cursorKinds)[number];

export const isCursorKind = (kind: EntryDraft['kind']): kind is CursorKind =>
  (cursorKinds as readonly string[]).includes(kind);
