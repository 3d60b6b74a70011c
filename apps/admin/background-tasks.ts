import { Logger } from '@nestjs/common';
import { counter, gauge } from '#observability/metrics.js';
import { serverRelease } from '#process/server-release.js';
import type { BackgroundTask } from './background-task.js';
import { startHourlyExpiry } from './dead-letters/hourly-expiry.js';
import { startDailySweep } from './erasure/daily-sweep.js';
import { describe } from './failure.js';
import { startInstallationLook } from './look/installation-look.js';
import { knownReadModels } from './projections/known-read-models.js';
import { startRaisingVersions } from './projections/raise-versions.js';
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
        counter('odnix.erasure.sweeps', { outcome: 'done' }).add();
        counter('odnix.erasure.decisions', {}).add(erased);
        gauge('odnix.erasure.backlog', {}).set(waits.length);
        if (erased > 0) logger.log(`${erased} decisions erased`);
        for (const wait of waits) logger.warn(wait);
      },
      onFailed: (error) => {
        counter('odnix.erasure.sweeps', { outcome: 'failed' }).add();
        logger.error(describe(error));
      },
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

/** For alarms that are to go off also while nobody folds, or writes (docs/metrics.md). */
const installationLook: BackgroundTask = {
  name: 'look at the installation',
  start: async (means) => {
    const logger = new Logger('Installation');
    return startInstallationLook(means, (error) => logger.warn(describe(error)));
  },
};

/** How far they are: `projections list`. */
const newVersions: BackgroundTask = {
  name: 'new versions of read models',
  start: async (means, { known = knownReadModels }) => {
    const logger = new Logger('Versions');
    return startRaisingVersions({
      means,
      known,
      release: `release ${serverRelease.version}`,
      log: (line) => logger.log(line),
      error: (line) => logger.error(line),
    });
  },
};

/** What the long-running process starts. */
export const backgroundTasks: readonly BackgroundTask[] = [
  driftDetector,
  dailySweep,
  hourlyExpiry,
  newVersions,
  installationLook,
];
