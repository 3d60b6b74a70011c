import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { down, ok, type Checks, type Dependency } from '#process/readiness.js';
import { natsCheck } from '#process/server-checks.js';
import { Timeline } from './timeline.js';
import { TimelineModule, type TimelineModuleOptions } from './timeline.module.js';

export interface RunningTimeline {
  /** Whether this process takes part in the election, and writes all the USER streams it holds, if any. */
  ready(): boolean;
  readonly checks: Checks;
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
  return { ready: () => timeline.isReady, checks: checksOf(timeline), stop: () => app.close() };
}

/** A process that stands by, because others hold all streams, is ready. */
function checksOf(timeline: Timeline): Checks {
  const { reading, writing, leases } = timeline.options.connections;
  const logs = async (): Promise<Dependency> => {
    const without = await timeline.streamsWithoutWriter();
    if (without.length > 0) return down(`nobody writes ${without.join(', ')}`);
    return timeline.isReady ? ok : down('not everything held here is being written');
  };
  return { required: { nats: natsCheck(reading, writing, leases), logs } };
}
