/** One look at the whole installation: what is read of streams and tables, for the metrics that are told of it. */
import type { NatsConnection } from '@nats-io/nats-core';
import { listHolds, type Hold } from '#db/holds.js';
import type { Database } from '#db/database.js';
import { lastSweep } from '../erasure/swept.js';
import { lagReport, type LagReport } from '../lag/lag-operation.js';
import type { LastBackup } from './last-backup.js';
import { jobsWaiting, type JobsWaiting } from './jobs-waiting.js';

export interface Installation extends LagReport {
  readonly holds: readonly Hold[];
  readonly jobs: readonly JobsWaiting[];
  /** In ms since 1970; null: never yet. */
  readonly backupEndedMs: number | null;
  readonly sweepBeganMs: number | null;
}

export interface Looked {
  readonly nats: NatsConnection;
  readonly db: Database;
  readonly streamsPerFamily: number;
}

/** Throws when a server does not answer. */
export async function lookAt(means: Looked, backup: LastBackup): Promise<Installation> {
  const sweep = await lastSweep(means.db, { wholeOnly: true });
  return {
    ...(await lagReport(means, {})),
    holds: await listHolds(means.db),
    jobs: await jobsWaiting(means.nats),
    backupEndedMs: await backup.endedMs(),
    sweepBeganMs: sweep?.began_at.getTime() ?? null,
  };
}
