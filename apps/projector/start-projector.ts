/** Starts the projector: streams to read models, one runner a projection and stream. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { firstSchema } from '#db/build-schema.js';
import { isTrue, type Checks } from '#process/readiness.js';
import { projections } from '#projections/registry.js';
import { natsCheck, postgresCheck, readModelsCheck } from '#process/server-checks.js';
import { Projector } from './projector.js';
import { ProjectorModule, type ProjectorModuleOptions } from './projector.module.js';
import type { RunnerState } from './runner.js';

export interface RunningProjector {
  /** Nothing that queries read was stopped by what cannot be folded. */
  ready(): boolean;
  states(): readonly RunnerState[];
  readonly checks: Checks;
  /** Finishes the batches in hand and gives the leases back. */
  stop(): Promise<void>;
}

/** Needs NATS, the streams and the migrated database to begin with; from then on it waits for whatever goes away. */
export async function startProjector(options: ProjectorModuleOptions): Promise<RunningProjector> {
  const app = await NestFactory.createApplicationContext(ProjectorModule.with(options), {
    logger: ['fatal', 'error', 'warn'],
    abortOnError: false,
  });
  const projector = app.get(Projector);
  const { nats, db } = projector.options;
  const ready = () => projector.isReady;
  const runners = isTrue(ready, 'a projection was stopped by what it cannot fold');
  const folded = (options.projections ?? projections).map(({ name, version }) => firstSchema(name, version));
  const servers = { nats: natsCheck(nats), postgres: postgresCheck(db) };
  return {
    ready,
    checks: { required: { ...servers, readModels: readModelsCheck(db, folded), runners } },
    states: () => projector.states,
    stop: () => app.close(),
  };
}
