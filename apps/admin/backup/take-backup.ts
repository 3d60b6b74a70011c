/** A backup of everything, while everything goes on: read models, then users' logs, then what they are made of. */
import { pendingMigrations } from '#db/migrate.js';
import { streamStandings } from '#streams/stream-standing.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { finishDirectory, prepareDirectory } from './backup-directory.js';
import { backUpStreams } from './backup-streams.js';
import { backUpTables } from './backup-tables.js';
import { forwardPointers, writeManifest, type Manifest } from './manifest.js';

/**
 * Postgres first, so that what it has folded is in the streams that are taken after it. Broken off at any moment it leaves a directory
 * that is no backup, and that the next attempt may use.
 */
export async function takeBackup(context: AdminContext, directory: string): Promise<Manifest> {
  const pending = await pendingMigrations(context.db);
  if (pending.length > 0)
    throw new OperationRefused(
      `The tables are not those of this version (${pending.join(', ')}): run setup first.`,
    );
  const epoch = await presentEpoch(context);
  await prepareDirectory(directory);
  const begun_at = new Date().toISOString();
  const tables = await backUpTables(context, directory);
  const streams = await backUpStreams(context, directory);
  const manifest: Manifest = {
    format: 1,
    begun_at,
    ended_at: new Date().toISOString(),
    epoch,
    streams_per_family: context.streamsPerFamily,
    ...tables,
    streams,
  };
  const contradictions = forwardPointers(manifest);
  if (contradictions.length > 0)
    throw new Error(
      `The backup does not agree with itself, and was not finished: ${contradictions.join('; ')}`,
    );
  context.signal.throwIfAborted();
  await writeManifest(directory, manifest);
  await finishDirectory(directory);
  return manifest;
}

async function presentEpoch({ nats }: AdminContext): Promise<number> {
  const standings = [...(await streamStandings(nats)).values()];
  if (standings.some(({ opening, restoring }) => opening !== null || restoring))
    throw new OperationRefused(
      'An epoch is half open, or a restore half done: end that first (docs/epochs.md).',
    );
  return Math.max(0, ...standings.map(({ epoch }) => epoch ?? 0));
}
