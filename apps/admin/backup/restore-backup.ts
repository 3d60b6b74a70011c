/** A backup into servers that hold nothing, or whose data is given up: docs/backup.md tells it whole. */
import { applyTopology } from '#streams/apply-topology.js';
import { standingReplicas } from '#streams/standing-topology.js';
import { streamStandings } from '#streams/stream-standing.js';
import { epochAfter } from '../epoch/open-epoch.js';
import type { AdminContext } from '../operation.js';
import { checkBackup } from './check-backup.js';
import { endLog } from './end-log.js';
import type { Manifest } from './manifest.js';
import { mayBeRestored } from './may-be-restored.js';
import { deleteStreams, markRestoring, restoreStreams } from './restore-streams.js';
import { dropSchemas, restoreTables } from './restore-tables.js';

export interface RestoreOptions {
  readonly replace: boolean;
  /** Absent: as many as the streams have that stand there; 1 where none do. */
  readonly replicas?: number;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly epoch: number;
}

/**
 * Looks at everything before it changes anything. A mark stands in the streams from the first change to the last, with which nobody
 * starts; killed in between it is run again, from the beginning. Users' logs go back to before what devices have seen, so they
 * get a new epoch, with the very configuration that they are restored with.
 */
export async function restoreBackup(
  context: AdminContext,
  directory: string,
  options: RestoreOptions,
): Promise<Restored> {
  const { nats, db, streamsPerFamily, say } = context;
  const manifest = await checkBackup(context, directory);
  await mayBeRestored(context, manifest, options);
  const replicas = options.replicas ?? (await standingReplicas(nats, streamsPerFamily));
  const epoch = epochAfter(Math.max(manifest.epoch, await standingEpoch(context)));

  await markRestoring(context, true);
  await dropSchemas(db, manifest);
  await deleteStreams(context);
  await restoreStreams(context, directory, manifest, { epoch, replicas });
  say(`Streams: ${manifest.streams.length} restored`);
  await restoreTables(context, directory, manifest);
  say(`Tables: ${manifest.tables.length} filled`);
  for (const { stream, folded } of logsOf(manifest)) await endLog(nats, stream, folded);
  await applyTopology(nats, { streamsPerFamily, replicas });
  await markRestoring(context, false);
  say(`Epoch ${epoch}: open`);
  return { manifest, epoch };
}

async function standingEpoch({ nats }: AdminContext): Promise<number> {
  const standings = await streamStandings(nats);
  return Math.max(0, ...[...standings.values()].map(({ epoch }) => epoch ?? 0));
}

function logsOf({ streams, projections, checkpoints }: Manifest) {
  const schema = projections.find(({ projection }) => projection === 'user_log')?.schema;
  return streams
    .filter(({ sources }) => sources !== undefined)
    .map(({ name: stream }) => {
      const checkpoint = checkpoints.find((one) => one.schema === schema && one.stream === stream);
      return { stream, folded: checkpoint?.sequence ?? 0 };
    });
}
