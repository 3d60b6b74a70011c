/** Starts the projector: streams to read models, one runner a projection and stream. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Projector } from './projector.js';
import { ProjectorModule, type ProjectorModuleOptions } from './projector.module.js';
import type { RunnerState } from './runner.js';

export interface RunningProjector {
  /** No runner was stopped by what it cannot fold. */
  ready(): boolean;
  states(): readonly RunnerState[];
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
  return {
    ready: () => projector.states.every(({ status }) => status !== 'stopped'),
    states: () => projector.states,
    stop: () => app.close(),
  };
}
