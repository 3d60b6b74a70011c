/** Starts the query handler: answers reads from the read models. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { openDatabase } from '#db/database.js';
import { knownVersions } from '#db/known-versions.js';
import type { Checks } from '#process/readiness.js';
import { natsCheck, postgresCheck, readModelsCheck } from '#process/server-checks.js';
import { connectNats } from '#streams/connection.js';
import { awaitedSubject } from '#streams/subjects.js';
import { methods } from './methods/index.js';
import { PositionWatch } from './position-watch.js';
import { Queries } from './queries.js';
import { QueryHandlerModule } from './query-handler.module.js';
import { QueryTransport } from './query-transport.js';
import { ReadBarrier } from './read-barrier.js';
import { VersionWatch } from './version-watch.js';

const connections_max = 12;
const statement_ms_max = 4_000;

export interface QueryHandlerOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  /** The versions of read models that its queries read; those of this release unless given. */
  readonly knownVersions?: readonly string[];
}

export interface RunningQueryHandler {
  /** Whether Postgres answers, and what is read is known here. */
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
  const known = options.knownVersions ?? knownVersions;
  const tellAwaited = (stream: string): void => nats.publish(awaitedSubject(stream));
  const barrier = new ReadBarrier(db, new PositionWatch(db, tellAwaited, known), known);
  const queries = new Queries(barrier, options.streamsPerFamily);
  const transport = new QueryTransport(
    nats,
    methods.map(({ method }) => method),
  );
  const app = await NestFactory.createMicroservice(QueryHandlerModule.with(queries), {
    strategy: transport,
    logger: ['fatal', 'error', 'warn'],
    abortOnError: false,
  });
  await app.listen();
  const versions = await VersionWatch.start(db, known, transport);
  await nats.flush();
  const [postgres, readModels] = [postgresCheck(db), readModelsCheck(db, known)];
  return {
    ready: () =>
      Promise.all([postgres(), readModels()]).then(
        (found) => found.every(({ status }) => status === 'ok'),
        () => false,
      ),
    checks: { required: { nats: natsCheck(nats), postgres, readModels } },
    stop: async () => {
      await versions.stop();
      await app.close();
      await Promise.all([nats.drain().catch(() => undefined), db.destroy()]);
    },
  };
}
