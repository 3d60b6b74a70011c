import { assert } from '#domain/kernel/assert.js';
import type { TimelinePosition } from '#streams/timeline-position.js';
import { whole_message, type SourcePlaces } from './source-place.js';

/** While anything is read. */
const save_every_ms = 5_000;
/** When somebody may be waiting to hear of a source that made no entry for them. */
const tell_within_ms = 250;
/** What a new writer may have to read again, in its sources and in its own stream. */
const unsaved_sources_max = 10_000;
const unsaved_entries_max = 20_000;

/** When a writer's positions are due to be saved in its stream. */
export class PositionSaving {
  private sources = 0;
  private entries = 0;
  private dueAtMs = Number.POSITIVE_INFINITY;

  planned(sources: number, entries: number, tellSoon: boolean): void {
    if (sources === 0) return;
    this.sources += sources;
    this.entries += entries;
    this.dueAtMs = Math.min(this.dueAtMs, performance.now() + (tellSoon ? tell_within_ms : save_every_ms));
  }

  get isNeeded(): boolean {
    return this.sources > 0;
  }

  get isDue(): boolean {
    return (
      this.sources >= unsaved_sources_max ||
      this.entries >= unsaved_entries_max ||
      this.dueAtMs <= performance.now()
    );
  }

  /** Infinity when nothing needs saving. */
  get dueInMs(): number {
    return Math.max(0, this.dueAtMs - performance.now());
  }

  saved(): void {
    this.sources = 0;
    this.entries = 0;
    this.dueAtMs = Number.POSITIVE_INFINITY;
  }
}

/**
 * Whether positions may be saved now. A saved position tells whole messages only, and a new writer scans what follows it:
 * were it saved in the middle of a message, nobody would know which of its events are written before it.
 */
export const isSavable = (places: SourcePlaces): boolean =>
  [...places.values()].every(({ index }) => index === whole_message);

export function positionOf(places: SourcePlaces): TimelinePosition {
  assert(isSavable(places), 'positions are saved between messages');
  const positions = Object.fromEntries([...places].map(([stream, { sequence }]) => [stream, sequence]));
  return { format: 1, positions };
}
