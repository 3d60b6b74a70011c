/**
 * The erasure sweep (invariant 9): what was deleted goes from every byte of streams and read models. It may be killed at any
 * moment and begun again; what was done is not done twice, and nothing that remains depends on it.
 */
import pg from 'pg';
import { OperationRefused, type AdminContext } from '../operation.js';
import { dropLogFiles } from './drop-log-files.js';
import { rewriteBuilds, type RewrittenBuilds } from './rewrite-builds.js';
import { sweepStreams, type SweepOptions, type SweptStreams } from './sweep-streams.js';
import { saveSweep } from './swept.js';

export interface SweepResult extends SweptStreams, RewrittenBuilds {
  readonly dry_run: boolean;
  readonly seconds: number;
  /** What could not be done now, and why; empty: nothing deleted remains anywhere. */
  readonly waits: readonly string[];
}

/** Throws OperationRefused while another one runs. */
export async function sweep(context: AdminContext, options: SweepOptions): Promise<SweepResult> {
  const began_at = new Date();
  const startMs = performance.now();
  const client = new pg.Client({ connectionString: context.databaseUrl, application_name: 'odnix-erasure' });
  client.on('error', () => undefined); // Told by the query in hand.
  await client.connect();
  try {
    if (!options.dryRun) await lock(client);
    const streams = await sweepStreams(context, options);
    if (options.dryRun) return { ...streams, ...nothing_rewritten, dry_run: true, seconds: since(startMs) };
    const tables = await rewriteBuilds(context, client);
    const log = await dropLogFiles(client);
    const waits = [...streams.waits, ...tables.waits, ...(log === null ? [] : [log])];
    const { erased } = streams;
    await saveSweep(context.db, { began_at, ended_at: new Date(), is_whole: waits.length === 0, erased });
    return { ...streams, ...tables, waits, dry_run: false, seconds: since(startMs) };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const nothing_rewritten = { rewritten: 0, longest_lock_ms: 0 };
const since = (startMs: number): number => (performance.now() - startMs) / 1_000;

/** Goes with the connection, however it ends. Two sweeps at once would do no harm, but work. */
async function lock(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ ours: boolean }>(
    "select pg_try_advisory_lock(hashtext('odnix erasure')) as ours",
  );
  if (!rows[0]!.ours)
    throw new OperationRefused('Another erasure sweep runs: erasure status tells when it has ended.');
}
