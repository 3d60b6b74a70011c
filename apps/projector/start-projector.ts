/** Starts the projector: streams to read models, one runner a projection and stream. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { isTrue, type Checks } from '#process/readiness.js';
import { natsCheck, postgresCheck } from '#process/server-checks.js';
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
  return {
    ready,
    checks: { required: { nats: natsCheck(nats), postgres: postgresCheck(db), runners } },
    states: () => projector.states,
    stop: () => app.close(),
  };
}
