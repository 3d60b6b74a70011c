/**
 * Folds a run of one stream's records into a build's tables: one transaction with the checkpoint's
 * compare-and-set, so all of it is kept, or (CheckpointLost, or any other error) nothing.
 */
import { advanceCheckpoint, type Checkpoint } from '#db/checkpoint.js';
import type { Database } from '#db/database.js';
import { assert } from '#domain/kernel/assert.js';
import type { ProjectedRecord, Projection } from './define-projection.js';

/** `records`: those that follow the checkpoint, ascending. Resolves with the checkpoint moved on to the last. */
export async function foldBatch(
  db: Database,
  projection: Projection,
  checkpoint: Checkpoint,
  records: readonly ProjectedRecord[],
): Promise<Checkpoint> {
  let previous = checkpoint.sequence;
  for (const { stream, sequence } of records) {
    assert(stream === checkpoint.stream && sequence > previous, 'a batch is an ascending run of one stream');
    previous = sequence;
  }
  return db.transaction().execute(async (tx) => {
    const moved = await advanceCheckpoint(tx, checkpoint, previous);
    await projection.fold(tx, checkpoint.schema, records);
    return moved;
  });
}
