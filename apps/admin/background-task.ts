/** What the long-running process does by itself: daily jobs, the detector of drift. */
import type { KnownReadModels } from './projections/known-read-models.js';
import type { Means } from './run-operation.js';

export interface TaskSettings {
  /** Since midnight UTC. */
  readonly erasureAtMinute: number;
  /** Those of this release unless given. */
  readonly known?: KnownReadModels;
}

export interface BackgroundTask {
  readonly name: string;
  /** Resolves when it goes on by itself. It sees to its own failures, and to being the only one where that matters. */
  start(
    means: Omit<Means, 'signal' | 'progress' | 'say'>,
    settings: TaskSettings,
  ): Promise<{ stop(): Promise<void> }>;
}
