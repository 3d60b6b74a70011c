/**
 * Streams that end before what was made of them: a store that was restored from an old copy, or lost its tail. Noticed
 * before anything is written, because later writing covers the traces.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { openDatabase, type Database } from '#db/database.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { lost_data_advice, streamStandings, type StreamStanding } from '#streams/stream-standing.js';
import { UserLog } from '#streams/user-log.js';
import { writtenSources } from '#streams/written-sources.js';

const statement_ms_max = 5_000;
const shown_losses_max = 8;

export interface Loss {
  readonly stream: string;
  readonly lastSequence: number;
  /** The last sequence that was made something of, and in what. */
  readonly known: number;
  readonly by: string;
}

/** Nothing was started or written. */
export class DataLost extends Error {
  override readonly name = 'DataLost';
  constructor(losses: readonly Loss[]) {
    super(`${losses.slice(0, shown_losses_max).map(describeLoss).join('\n')}\n${lost_data_advice}.`);
  }
}

export const describeLoss = ({ stream, lastSequence, known, by }: Loss): string =>
  `${stream} ends at ${lastSequence}, but ${by} stands at ${known}: ${known - lastSequence} lost`;

/** By the read models: each has folded what is no longer there. */
export async function lostToReadModels(nats: NatsConnection, db: Database): Promise<Loss[]> {
  const checkpoints = await db
    .selectFrom('odnix.checkpoints')
    .select(['schema', 'stream', 'sequence'])
    .orderBy('stream')
    .execute();
  // Asked after what is compared with it: both go on while others work.
  const standings = await streamStandings(nats);
  return checkpoints.flatMap(({ schema, stream, sequence }) =>
    lossOf(standings, stream, sequence, `the read model ${schema}`),
  );
}

/** By the users' logs: they tell of source messages that are no longer there. */
export async function lostToLogs(nats: NatsConnection): Promise<Loss[]> {
  const log = new UserLog(nats, new DirectGet(nats));
  const losses: Loss[] = [];
  for (const stream of userStreamsIn(await streamStandings(nats))) {
    const written = await writtenSources(log, stream);
    const standings = await streamStandings(nats);
    for (const [source, sequence] of written) losses.push(...lossOf(standings, source, sequence, stream));
  }
  return losses;
}

export const userStreamsIn = (standings: ReadonlyMap<string, StreamStanding>): string[] =>
  [...standings.keys()].filter((name) => name.startsWith('USER_')).toSorted();

function lossOf(
  standings: ReadonlyMap<string, StreamStanding>,
  stream: string,
  known: number,
  by: string,
): Loss[] {
  const lastSequence = standings.get(stream)?.lastSequence;
  // One that is not there, or has no leader, is waited for elsewhere.
  return lastSequence !== undefined && lastSequence < known ? [{ stream, lastSequence, known, by }] : [];
}

/** What an operator does who reads it. */
export const restore_half_done =
  'A backup is being restored, or that was interrupted: npm run admin -- restore <directory> does it again from the beginning ' +
  '(npm start -- --restore <directory> where the servers are embedded).';

export interface LostDataSources {
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/**
 * To be called before anything is written. Throws DataLost; also while a new epoch is half open, or a restore half done. Without Postgres the read
 * models cannot be asked, and the start goes on, as everything does that can go on without it.
 */
export async function refuseLostData(
  { natsUrl, databaseUrl }: LostDataSources,
  { readsLogs = false } = {},
): Promise<void> {
  const nats = await connectNats(natsUrl, { name: 'lost-data' });
  const limits = { connections_max: 1, statement_ms_max };
  const db = openDatabase({ url: databaseUrl, application: 'lost-data', ...limits });
  try {
    refuseHalfOpen(await streamStandings(nats));
    const losses = await lostToReadModels(nats, db).catch((): Loss[] => []);
    if (readsLogs) losses.push(...(await lostToLogs(nats)));
    if (losses.length > 0) throw new DataLost(losses);
  } finally {
    await Promise.all([nats.close(), db.destroy()]);
  }
}

function refuseHalfOpen(standings: ReadonlyMap<string, StreamStanding>): void {
  if ([...standings.values()].some(({ restoring }) => restoring)) throw new Error(restore_half_done);
  if ([...standings.values()].every(({ opening }) => opening === null)) return;
  throw new Error(
    'A new epoch is being opened, or that was interrupted: npm run admin -- epoch --open --reason … does the rest.',
  );
}
