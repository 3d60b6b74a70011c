/** What NATS and Postgres say of themselves: how much stands in the streams, how far the read models are behind, how often was synced. */
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { sql } from 'kysely';
import { readSnapshot } from '#db/snapshot.js';
import type { System } from './system.js';

const poll_ms = 50;
const level_ms_max = 300_000;

/** The projections that every message reaches, and what they are made from. */
const followed = { chats: 'CHAT', user_log: 'USER', accounts: 'ACCOUNT' } as const;

/** That were ever stored, in all streams but those of floors: decisions, entries, positions, documents. */
export async function storedMessages({ nc }: System): Promise<number> {
  const jsm = await jetstreamManager(nc);
  let messages = 0;
  for await (const { config, state } of jsm.streams.list())
    if (!config.name.startsWith('FLOOR_')) messages += state.last_seq;
  return messages;
}

/** Messages that the read models do not show yet. */
export async function behind({ nc, db, options }: System): Promise<number> {
  const jsm = await jetstreamManager(nc);
  const names = Object.entries(followed).flatMap(([projection, family]) =>
    Array.from({ length: options.streams }, (_, index) => ({ projection, stream: `${family}_${index}` })),
  );
  const lasts = await Promise.all(
    names.map(async ({ stream }) => (await jsm.streams.info(stream)).state.last_seq),
  );
  return readSnapshot(db, Object.keys(followed), async (snapshot) =>
    names.reduce((sum, { projection, stream }, index) => {
      return sum + Math.max(0, lasts[index]! - snapshot.coveredTo(projection, stream));
    }, 0),
  );
}

/** Until the read models show everything; the seconds that took. */
export async function levelled(system: System): Promise<number> {
  const start = performance.now();
  while ((await behind(system)) > 0) {
    if (performance.now() - start > level_ms_max)
      throw new Error('the read models do not come to the streams’ end');
    await pause(poll_ms);
  }
  return (performance.now() - start) / 1_000;
}

/** Since its start, of whatever kind; told by its own statistics, which backends hand in with a second's delay or so. */
export async function postgresFsyncs({ db }: System): Promise<number> {
  const { rows } = await sql<{
    fsyncs: string;
  }>`select coalesce(sum(fsyncs), 0) as fsyncs from pg_stat_io`.execute(db);
  return Number(rows[0]!.fsyncs);
}
