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

interface End {
  readonly projection: string;
  readonly stream: string;
  readonly last: number;
}

/** Where the streams end now, for each projection that follows them. */
async function ends({ nc, options }: System): Promise<End[]> {
  const jsm = await jetstreamManager(nc);
  const names = Object.entries(followed).flatMap(([projection, family]) =>
    Array.from({ length: options.streams }, (_, index) => ({ projection, stream: `${family}_${index}` })),
  );
  return Promise.all(
    names.map(async (name) => ({ ...name, last: (await jsm.streams.info(name.stream)).state.last_seq })),
  );
}

const missing = ({ db }: System, all: readonly End[]): Promise<number> =>
  readSnapshot(db, Object.keys(followed), async (snapshot) =>
    all.reduce((sum, { projection, stream, last }) => {
      return sum + Math.max(0, last - snapshot.coveredTo(projection, stream));
    }, 0),
  );

/** Messages that the read models do not show yet. */
export const behind = async (system: System): Promise<number> => missing(system, await ends(system));

/** Until the read models show everything that is stored now, whatever comes meanwhile; the seconds that took. */
export async function levelled(system: System): Promise<number> {
  const start = performance.now();
  const all = await ends(system);
  while ((await missing(system, all)) > 0) {
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
