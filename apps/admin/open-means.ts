/** The connections that operations work with. */
import type { NatsConnection } from '@nats-io/nats-core';
import { openDatabase, type Database } from '#db/database.js';
import { connectNats } from '#streams/connection.js';
import { AdminError } from './failure.js';

const connect_ms_max = 5_000;
const statement_ms_max = 600_000;
const connections_max = 4;

export interface Servers {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
}

export interface OpenMeans {
  readonly nats: NatsConnection;
  readonly db: Database;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  close(): Promise<void>;
}

/** PostgreSQL is connected to by the first who asks it something. Throws an AdminError that says what to do. */
export async function openMeans({ natsUrl, databaseUrl, streamsPerFamily }: Servers): Promise<OpenMeans> {
  const nats = await connectNats(natsUrl, { name: 'admin', timeout: connect_ms_max }).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : 'no connection';
      throw new AdminError(
        'UNAVAILABLE',
        `NATS does not answer (${why}): look whether it runs, and at NATS_URL.`,
      );
    },
  );
  const db = openDatabase({ url: databaseUrl, application: 'admin', connections_max, statement_ms_max });
  return {
    nats,
    db,
    databaseUrl,
    streamsPerFamily,
    close: async () => void (await Promise.all([nats.close(), db.destroy()])),
  };
}
