/** A query handler on real servers whose read models a spec fills by itself, so that positions are in its hand. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import pg from 'pg';
import { expect, inject } from 'vitest';
import { firstSchema } from '#db/build-schema.js';
import { takeOver } from '#db/checkpoint.js';
import type { ProjectedRecord, Projection } from '#projections/define-projection.js';
import { foldBatch } from '#projections/fold-batch.js';
import { connectNats } from '#streams/connection.js';
import { nothingSeen, type Reply, type SeenPositions } from '#streams/requests.js';
import { querySubject } from '#streams/subjects.js';
import { startQueryHandler, type RunningQueryHandler } from '../../apps/query-handler/start-query-handler.js';
import { migratedDatabase, type MigratedDatabase } from './migrated-database.js';
import { startNats, type TestNats } from './servers.js';

export class ServedQueries {
  private constructor(
    private readonly nats: TestNats,
    readonly nc: NatsConnection,
    private readonly database: MigratedDatabase,
    readonly handler: RunningQueryHandler,
  ) {}

  static async start(): Promise<ServedQueries> {
    const [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
    const nc = await connectNats(nats.url);
    const urls = { natsUrl: nats.url, databaseUrl: database.url };
    return new ServedQueries(nats, nc, database, await startQueryHandler({ ...urls, streamsPerFamily: 1 }));
  }

  get natsUrl(): string {
    return this.nats.url;
  }

  async stop(): Promise<void> {
    await this.handler.stop();
    await this.nc.close();
    await this.nats.stop();
    await this.database.drop();
  }

  /** Everything not folded yet, in one batch. */
  async fold(projection: Projection, records: readonly ProjectedRecord[]): Promise<void> {
    const key = { schema: firstSchema(projection.name, projection.version), stream: records[0]!.stream };
    const checkpoint = await takeOver(this.database.db, key);
    const fresh = records.filter(({ sequence }) => sequence > checkpoint.sequence);
    await foldBatch(this.database.db, projection, checkpoint, fresh);
  }

  async ask(user_id: string, method: string, params: object = {}, seen: SeenPositions = nothingSeen) {
    const request = { identity: { user_id, device_id: randomUUID() }, params, seen };
    const options = { timeout: 8_000 };
    return (await this.nc.request(querySubject(method), JSON.stringify(request), options)).json<Reply>();
  }

  async answer(user_id: string, method: string, params: object = {}): Promise<any> {
    const reply = await this.ask(user_id, method, params);
    expect(reply).toHaveProperty('result');
    return (reply as { result: object }).result;
  }

  /** Not allowed is as good as a server that is down: open connections are cut, new ones refused. */
  async allowConnections(allowed: boolean): Promise<void> {
    await allowConnections(this.database.url, allowed);
  }
}

export const refusedAs = (code: string, retryable = false) => ({
  error: expect.objectContaining({ code, retryable }),
});

export async function allowConnections(databaseUrl: string, allowed: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  const name = new URL(databaseUrl).pathname.slice(1);
  await client.query(`alter database ${name} allow_connections ${allowed}`);
  if (!allowed) {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  }
  await client.end();
}
