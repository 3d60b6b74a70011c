import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Timeline } from './timeline.js';
import { TimelineModule, type TimelineModuleOptions } from './timeline.module.js';

export interface RunningTimeline {
  /** Whether this process holds USER streams, and writes all it holds. */
  ready(): boolean;
  /** Finishes what was read, saves the positions, gives the leases back, and closes the connections. */
  stop(): Promise<void>;
}

/** Resolves when it takes part in the election; the topology must have been applied. */
export async function startTimeline(options: TimelineModuleOptions): Promise<RunningTimeline> {
  const app = await NestFactory.createApplicationContext(TimelineModule.with(options), {
    logger: ['fatal', 'error', 'warn'],
    abortOnError: false,
  });
  const timeline = app.get(Timeline);
  return { ready: () => timeline.isReady, stop: () => app.close() };
}
