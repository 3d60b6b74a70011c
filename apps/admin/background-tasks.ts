import { Logger } from '@nestjs/common';
import type { BackgroundTask } from './background-task.js';
import { startHourlyExpiry } from './dead-letters/hourly-expiry.js';
import { startDailySweep } from './erasure/daily-sweep.js';
import { describe } from './failure.js';
import { startDriftDetector } from './verify/drift-detector.js';

const driftDetector: BackgroundTask = {
  name: 'drift detector',
  start: async ({ nats, databaseUrl, streamsPerFamily }) => {
    const logger = new Logger('Drift');
    return startDriftDetector({ nats, databaseUrl, streamsPerFamily, warn: (line) => logger.warn(line) });
  },
};

/** Sweeps stand in ADMIN, as every action, and in `odnix.erasure_sweeps`, as `erasure status` shows them. */
const dailySweep: BackgroundTask = {
  name: 'daily erasure sweep',
  start: async (means, { erasureAtMinute }) => {
    const logger = new Logger('Erasure');
    return startDailySweep({
      means: { ...means, progress: () => undefined, say: (line) => logger.log(line) },
      atMinute: erasureAtMinute,
      onSwept: ({ erased, waits }) => {
        if (erased > 0) logger.log(`${erased} decisions erased`);
        for (const wait of waits) logger.warn(wait);
      },
      onFailed: (error) => logger.error(describe(error)),
    });
  },
};

const hourlyExpiry: BackgroundTask = {
  name: 'hourly expiry of dead letters',
  start: async (means) => {
    const logger = new Logger('DeadLetters');
    const say = (line: string): void => logger.warn(line);
    return startHourlyExpiry({
      means: { ...means, progress: () => undefined, say },
      onFailed: (error) => logger.error(describe(error)),
    });
  },
};

/** What the long-running process starts. */
export const backgroundTasks: readonly BackgroundTask[] = [driftDetector, dailySweep, hourlyExpiry];
