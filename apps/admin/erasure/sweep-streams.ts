/** The first half of a sweep: what tombstones cover is erased from the CHAT streams. */
import { setTimeout as pause } from 'node:timers/promises';
import { DirectGet } from '#streams/direct-get.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { streamStandings } from '#streams/stream-standing.js';
import { UserLog } from '#streams/user-log.js';
import { writtenSources } from '#streams/written-sources.js';
import type { AdminContext } from '../operation.js';
import { findDoomed, findTombstones } from './doomed.js';
import { eraseChat } from './erase-chat.js';
import { saveSwept, sweptOf } from './swept.js';

/** A timeline writer saves its positions every five seconds. */
const timeline_wait_ms_max = 15_000;
const look_every_ms = 250;

export interface SweptStreams {
  /** Messages whose deletion was heeded. */
  readonly deleted: number;
  readonly chats: number;
  /** Decisions: a message's own, and one for each time it was edited. */
  readonly erased: number;
  readonly waits: readonly string[];
}

export interface SweepOptions {
  readonly dryRun: boolean;
  readonly fromStart: boolean;
}

export async function sweepStreams(context: AdminContext, options: SweepOptions): Promise<SweptStreams> {
  const sum = { deleted: 0, chats: 0, erased: 0 };
  const waits: string[] = [];
  const standings = await streamStandings(context.nats);
  const streams = [...standings].filter(([name]) => /^CHAT_\d+$/.test(name));
  const ends = new Map(streams.map(([name, { lastSequence }]) => [name, lastSequence]));
  const covered = options.dryRun ? ends : await coveredByTimelines(context, ends);
  for (const [stream, end] of ends) {
    const to = Math.min(end, covered.get(stream) ?? 0);
    if (to < end)
      waits.push(`${stream}: the users' logs are made up to ${to} of ${end} (is a timeline running?)`);
    const swept = await sweepStream(context, stream, to, end, options);
    sum.deleted += swept.deleted;
    sum.chats += swept.chats;
    sum.erased += swept.erased;
    if (swept.held > 0) waits.push(`${stream}: ${swept.held} decisions hold other things too, and stay`);
  }
  return { ...sum, waits };
}

async function sweepStream(
  context: AdminContext,
  stream: string,
  to: number,
  end: number,
  { dryRun, fromStart }: SweepOptions,
): Promise<Omit<SweptStreams, 'waits'> & { readonly held: number }> {
  const { nats, db, signal, streamsPerFamily } = context;
  const means = { nats, signal, store: new NatsEventStore(nats, { streamsPerFamily }) };
  const swept = await sweptOf(db, stream, end);
  const sum = { deleted: 0, chats: 0, erased: 0, held: 0 };
  let { lastTombstone } = swept;
  let from = fromStart ? 1 : swept.sequence + 1;
  const told = () =>
    context.progress({
      what: `${dryRun ? 'looking through' : 'erasing from'} ${stream}`,
      done: sum.erased,
      unit: 'decisions',
    });
  while (from <= to) {
    const tombstones = await findTombstones(means, { stream, from, to });
    sum.deleted += tombstones.count;
    sum.chats += tombstones.deleted.size;
    for await (const doomed of findDoomed(means, stream, tombstones)) {
      sum.held += doomed.held;
      if (dryRun) sum.erased += doomed.sequences.length;
      else await eraseChat(means, stream, doomed, () => (sum.erased++, told()));
      told();
    }
    lastTombstone = Math.max(lastTombstone, tombstones.last);
    if (!dryRun)
      await saveSwept(db, stream, { sequence: Math.max(swept.sequence, tombstones.to), lastTombstone });
    from = tombstones.to + 1;
  }
  return sum;
}

/**
 * Up to where every user's log is made: a message that was sent is an entry of its own, and its number, which it would lose.
 * The read models need not be waited for: what they make of a tombstone alone is the same.
 */
async function coveredByTimelines(
  { nats, signal, progress }: AdminContext,
  ends: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const deadlineMs = performance.now() + timeline_wait_ms_max;
  for (;;) {
    const covered = await writtenEverywhere(nats);
    const behind = [...ends].filter(([stream, end]) => (covered.get(stream) ?? 0) < end);
    if (behind.length === 0 || performance.now() > deadlineMs) return covered;
    const [done, total] = [ends.size - behind.length, ends.size];
    progress({ what: "waiting for the users' logs", done, total, unit: 'streams' });
    await pause(look_every_ms, undefined, { signal });
  }
}

async function writtenEverywhere(nats: AdminContext['nats']): Promise<ReadonlyMap<string, number>> {
  const log = new UserLog(nats, new DirectGet(nats));
  const standings = await streamStandings(nats);
  const users = [...standings.keys()].filter((name) => name.startsWith('USER_'));
  const written = await Promise.all(users.map((stream) => writtenSources(log, stream)));
  const sources = [...new Set(written.flatMap((one) => [...one.keys()]))];
  return new Map(sources.map((source) => [source, Math.min(...written.map((one) => one.get(source) ?? 0))]));
}
