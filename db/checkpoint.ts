/**
 * How far one build of a projection has folded one stream, and the fence between those who fold it.
 *
 * Which runner folds a stream is agreed upon elsewhere, for speed alone (docs/adr/0010). Safety is the compare-and-set
 * here: a batch's transaction moves the sequence from where the batch begins to where it ends, for the runner that took
 * over last; otherwise it throws, and nothing of the batch is kept.
 */
import type { Kysely, Transaction } from 'kysely';
import type { DB } from './tables.js';

export interface CheckpointKey {
  /** The build's. */
  readonly schema: string;
  readonly stream: string;
}

export interface Checkpoint extends CheckpointKey {
  /** Counts the take-overs: a later runner's is greater. */
  readonly fence: number;
  /** The stream's last folded sequence; 0 before the first. */
  readonly sequence: number;
}

/** Another runner took over, or was faster: nothing of the batch was kept. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

/** From now on whoever had it before is refused. Waits for a batch of theirs that is being committed. */
export async function takeOver(db: Kysely<DB>, { schema, stream }: CheckpointKey): Promise<Checkpoint> {
  const { fence, sequence } = await db
    .insertInto('odnix.checkpoints')
    .values({ schema, stream, fence: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['schema', 'stream'])
        .doUpdateSet(({ eb }) => ({ fence: eb('odnix.checkpoints.fence', '+', 1) })),
    )
    .returning(['fence', 'sequence'])
    .executeTakeFirstOrThrow();
  return { schema, stream, fence, sequence };
}

/** To be called first in the batch's transaction: a second runner waits here and then sees that it lost. */
export async function advanceCheckpoint(
  tx: Transaction<DB>,
  checkpoint: Checkpoint,
  to: number,
): Promise<Checkpoint> {
  const { schema, stream, fence, sequence } = checkpoint;
  const { numUpdatedRows } = await tx
    .updateTable('odnix.checkpoints')
    .set({ sequence: to })
    .where('schema', '=', schema)
    .where('stream', '=', stream)
    .where('fence', '=', fence)
    .where('sequence', '=', sequence)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) {
    throw new CheckpointLost(`${schema} of ${stream}: another runner goes on`);
  }
  return { ...checkpoint, sequence: to };
}
