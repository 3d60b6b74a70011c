import type { NatsConnection } from '@nats-io/nats-core';
import type { StoredEntry } from '#streams/user-stream-message.js';
import { announce } from './announce.js';
import { SourceMessage } from './source-message.js';
import type { SourceReads } from './source-reads.js';

const sources_read_at_once_max = 64;

/** Announces entries that are stored already; what they tell of is read from its sources, each once. */
export async function announceAgain(
  nc: NatsConnection,
  reads: SourceReads,
  entries: readonly StoredEntry[],
): Promise<void> {
  const sources = new Map<string, SourceMessage | null>();
  const missing = [...new Map(entries.map((one) => [sourceKey(one), one.entry.source])).entries()];
  for (let from = 0; from < missing.length; from += sources_read_at_once_max) {
    const some = missing.slice(from, from + sources_read_at_once_max);
    const read = some.map(async ([key, { stream, sequence }]) => {
      const decision = await reads.decision(stream, sequence);
      sources.set(key, decision && new SourceMessage(stream, sequence, decision));
    });
    await Promise.all(read);
  }
  announce(
    nc,
    entries.map((one) => ({ ...one, source: sources.get(sourceKey(one)) ?? null })),
    true,
  );
}

const sourceKey = ({ entry: { source } }: StoredEntry): string => `${source.stream} ${source.sequence}`;
