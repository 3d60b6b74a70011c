import { LRUCache } from 'lru-cache';
import { watchCache } from '#observability/caches.js';
import { cacheRoom } from '#process/cache-room.js';
import type { StoredEvent } from '#domain/kernel/decision.js';
import type { EntrySource } from '#domain/user-log/entry.js';
import type { EventStore } from '#streams/event-store.js';

const cached_events_bytes_max = 8 * 1024 * 1024;
/** Short: what was erased from the streams must not live on here. */
const cached_events_ttl_ms = 30_000;

/**
 * The events that entries refer to, read by position and kept for a moment: a message to a group is rendered for many
 * members at about the same time.
 */
export class SourceEvents {
  private readonly cache = new LRUCache<string, readonly StoredEvent[]>({
    maxSize: cacheRoom(cached_events_bytes_max),
    ttl: cached_events_ttl_ms,
  });
  private readonly looked = watchCache('events', this.cache);

  constructor(private readonly store: Pick<EventStore, 'readMany'>) {}

  /** In the order asked; null where the stream no longer holds the sequence. */
  async eventsOf(sources: readonly EntrySource[]): Promise<(StoredEvent | null)[]> {
    const found = new Map<string, readonly StoredEvent[] | null>();
    const missing = new Map<string, Set<number>>();
    for (const { stream, sequence } of sources) {
      const cached = this.cache.get(placeOf(stream, sequence));
      this.looked(cached !== undefined);
      if (cached) found.set(placeOf(stream, sequence), cached);
      else missing.set(stream, (missing.get(stream) ?? new Set()).add(sequence));
    }
    const reads = [...missing].map(([stream, sequences]) => this.read(stream, [...sequences], found));
    await Promise.all(reads);
    return sources.map(
      ({ stream, sequence, index }) => found.get(placeOf(stream, sequence))?.[index] ?? null,
    );
  }

  private async read(
    stream: string,
    sequences: readonly number[],
    found: Map<string, readonly StoredEvent[] | null>,
  ): Promise<void> {
    const decisions = await this.store.readMany(stream, sequences);
    decisions.forEach((stored, index) => {
      const place = placeOf(stream, sequences[index]!);
      const events = stored?.decision.events ?? null;
      found.set(place, events);
      if (events) this.cache.set(place, events, { size: JSON.stringify(events).length });
    });
  }
}

const placeOf = (stream: string, sequence: number): string => `${stream}:${sequence}`;
