/** Whether the servers that a process stands on answer it. */
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { ok, type Check } from './readiness.js';

/** Over the connections that the process works with, each of which may be cut off by itself. */
export const natsCheck =
  (...connections: readonly NatsConnection[]): Check =>
  async () => {
    await Promise.all(connections.map((connection) => connection.flush()));
    return ok;
  };

export const postgresCheck =
  (db: Database): Check =>
  async () => {
    await sql`select 1`.execute(db);
    return ok;
  };
