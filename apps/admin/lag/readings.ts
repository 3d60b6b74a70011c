/** Who reads which stream, and how far they say they have come. */
import type { NatsConnection } from '@nats-io/nats-core';
import { listBuilds } from '#db/builds.js';
import type { Database } from '#db/database.js';
import { projectionOf, projections } from '#projections/registry.js';
import { DirectGet } from '#streams/direct-get.js';
import { families } from '#streams/subjects.js';
import { UserLog } from '#streams/user-log.js';
import { writtenSources } from '#streams/written-sources.js';
import type { Reading } from './lags.js';

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Every build of every projection; one that has folded nothing of a stream yet stands at 0. */
export async function buildReadings(db: Database, streamsPerFamily: number): Promise<Reading[]> {
  const [builds, checkpoints] = [
    await listBuilds(db),
    await db.selectFrom('odnix.checkpoints').select(['schema', 'stream', 'sequence']).execute(),
  ];
  const positions = new Map(checkpoints.map((one) => [`${one.schema} ${one.stream}`, one.sequence]));
  return builds.flatMap(({ projection, version, schema }) => {
    const known = projectionOf(projection, version) ?? projections.find(({ name }) => name === projection);
    if (known === undefined) return [];
    return indexes(streamsPerFamily).map((index) => {
      const stream = `${known.family}_${index}`;
      return { reader: schema, stream, position: positions.get(`${schema} ${stream}`) ?? 0 };
    });
  });
}

/** The writers of the USER streams, by what their streams tell: up to 5 s old where nothing was to be written. */
export async function timelineReadings(nats: NatsConnection, streamsPerFamily: number): Promise<Reading[]> {
  const log = new UserLog(nats, new DirectGet(nats));
  const sources = families
    .filter((family) => family !== 'USER')
    .flatMap((family) => indexes(streamsPerFamily).map((index) => `${family}_${index}`));
  const readings: Reading[] = [];
  for (const index of indexes(streamsPerFamily)) {
    const reader = `USER_${index}`;
    const written = await writtenSources(log, reader);
    readings.push(...sources.map((stream) => ({ reader, stream, position: written.get(stream) ?? 0 })));
  }
  return readings;
}
