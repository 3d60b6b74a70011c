import type { NatsConnection } from '@nats-io/nats-core';
import { liveUserSubject } from '#streams/subjects.js';
import type { AnnouncedEntry } from './announced-entry.js';
import type { SourceMessage } from './source-message.js';
import { announced } from './timeline-metrics.js';
import { TracedEntries } from './traced-entries.js';

const announcement_items_max = 100;

/**
 * Tells whoever listens for these users what was stored: one announcement for a user's run of entries (see
 * streams/announcement.ts). To be called after the store's acknowledgement only. At most once: nothing is awaited.
 * `isAgain`: whoever stored them may have announced them.
 */
export function announce(nc: NatsConnection, entries: readonly AnnouncedEntry[], isAgain = false): void {
  const traced = TracedEntries.of(entries);
  for (const [userId, own] of Map.groupBy(entries, ({ user_id }) => user_id)) {
    for (const run of runs(own)) {
      announced[isAgain ? 'again' : 'first'].add();
      nc.publish(liveUserSubject(userId), announcementText(run, traced));
    }
  }
  traced?.announced(isAgain);
}

interface Item extends AnnouncedEntry {
  readonly source: SourceMessage;
}

/** Contiguous by pts, bounded, and without what was erased. */
function runs(entries: readonly AnnouncedEntry[]): Item[][] {
  const found: Item[][] = [];
  let last: Item | undefined;
  for (const { source, ...rest } of entries) {
    if (source === null) continue;
    const item = { source, ...rest };
    const run = found.at(-1);
    const goesOn = last !== undefined && item.entry.pts === last.entry.pts + 1;
    if (run !== undefined && goesOn && run.length < announcement_items_max) run.push(item);
    else found.push([item]);
    last = item;
  }
  return found;
}

/** An `Announcement` as JSON: put together from texts, because the update's was made once for all recipients. */
function announcementText(run: readonly Item[], traced: TracedEntries | undefined): string {
  const items = run.map((item) => itemText(item, traced?.traceparentOf(item.source, item.user_id)));
  return `{"prev_pts":${run[0]!.entry.pts - 1},"items":[${items.join(',')}]}`;
}

function itemText({ entry, sequence, source }: Item, traceparent: string | undefined): string {
  const { pts, date_ms, commitment, hash } = entry;
  const place = { stream: entry.source.stream, sequence: entry.source.sequence };
  const head = {
    pts,
    date_ms,
    ...(commitment === undefined ? {} : { commitment }),
    sequence,
    hash,
    source: place,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return `${JSON.stringify(head).slice(0, -1)},"update":${source.updateText(entry)}}`;
}
