/** Whether the servers that a process stands on answer it. */
import type { NatsConnection } from '@nats-io/nats-core';
import type { Database } from '#db/database.js';
import { knownVersions, unknownLive, unknownText } from '#db/known-versions.js';
import { pendingMigrations } from '#db/migrate.js';
import { down, ok, type Check } from './readiness.js';

/** Over the connections that the process works with, each of which may be cut off by itself. */
export const natsCheck =
  (...connections: readonly NatsConnection[]): Check =>
  async () => {
    await Promise.all(connections.map((connection) => connection.flush()));
    return ok;
  };

/** Postgres answers, and its tables are those that this version was written for. */
export const postgresCheck =
  (db: Database): Check =>
  async () => {
    const pending = await pendingMigrations(db);
    if (pending.length === 0) return ok;
    return down(`${pending.length} migrations are to be run; npm run admin -- setup does it`);
  };

/** What is read is known to this version. While Postgres does not answer that is told as such, by its own check. */
export const readModelsCheck =
  (db: Database, known = knownVersions): Check =>
  async () => {
    const [unknown] = await unknownLive(db, known).catch(() => []);
    if (unknown === undefined) return ok;
    return down(`${unknownText(unknown)}; newer code has to run, or projections rollback goes back`);
  };
