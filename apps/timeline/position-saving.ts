import { lastWhole, type SourcePlaces } from './source-place.js';
import type { TimelinePosition } from '#streams/timeline-position.js';

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

/** A message that is written in part does not count: a new writer learns of the part from the entries themselves. */
export function positionOf(places: SourcePlaces): TimelinePosition {
  const positions = Object.fromEntries([...places].map(([stream, place]) => [stream, lastWhole(place)]));
  return { format: 1, positions };
}
