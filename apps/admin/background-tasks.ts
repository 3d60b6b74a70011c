import { Logger } from '@nestjs/common';
import type { BackgroundTask } from './background-task.js';
import { startDriftDetector } from './verify/drift-detector.js';

const driftDetector: BackgroundTask = {
  name: 'drift detector',
  start: async ({ nats, databaseUrl, streamsPerFamily }) => {
    const logger = new Logger('Drift');
    return startDriftDetector({ nats, databaseUrl, streamsPerFamily, warn: (line) => logger.warn(line) });
  },
};

/** What the long-running process starts. */
export const backgroundTasks: readonly BackgroundTask[] = [driftDetector];
