/** Starts the query handler: answers reads from the read models. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { openDatabase } from '#db/database.js';
import type { Checks } from '#process/readiness.js';
import { natsCheck, postgresCheck } from '#process/server-checks.js';
import { connectNats } from '#streams/connection.js';
import { methods } from './methods/index.js';
import { PositionWatch } from './position-watch.js';
import { Queries } from './queries.js';
import { QueryHandlerModule } from './query-handler.module.js';
import { QueryTransport } from './query-transport.js';
import { ReadBarrier } from './read-barrier.js';

const connections_max = 12;
const statement_ms_max = 4_000;

export interface QueryHandlerOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
}

export interface RunningQueryHandler {
  /** Whether Postgres answers. */
  ready(): Promise<boolean>;
  readonly checks: Checks;
  /** Takes no more requests, answers those in flight, closes its connections. */
  stop(): Promise<void>;
}

/** Does not need Postgres to start: until it answers, so does this, UNAVAILABLE. */
export async function startQueryHandler(options: QueryHandlerOptions): Promise<RunningQueryHandler> {
  const nats = await connectNats(options.natsUrl, { name: 'query-handler', maxReconnectAttempts: -1 });
  const db = openDatabase({
    url: options.databaseUrl,
    application: 'query-handler',
    connections_max,
    statement_ms_max,
  });
  const barrier = new ReadBarrier(db, new PositionWatch(db));
  const queries = new Queries(barrier, options.streamsPerFamily);
  const app = await NestFactory.createMicroservice(QueryHandlerModule.with(queries), {
    strategy: new QueryTransport(
      nats,
      methods.map(({ method }) => method),
    ),
    logger: ['fatal', 'error', 'warn'],
    abortOnError: false,
  });
  await app.listen();
  await nats.flush();
  const postgres = postgresCheck(db);
  return {
    ready: () =>
      postgres().then(
        ({ status }) => status === 'ok',
        () => false,
      ),
    checks: { required: { nats: natsCheck(nats), postgres } },
    stop: async () => {
      await app.close();
      await Promise.all([nats.drain().catch(() => undefined), db.destroy()]);
    },
  };
}
