/**
 * Folds a run of one stream's records into a projection's tables: one transaction with the checkpoint's
 * compare-and-set, so all of it is kept, or (CheckpointLost, or any other error) nothing.
 */
import { advanceCheckpoint, type Lease } from '#db/checkpoint.js';
import type { Database } from '#db/database.js';
import { assert } from '#domain/kernel/assert.js';
import type { ProjectedRecord, Projection } from './define-projection.js';

/** `records`: those that follow the lease's sequence, ascending. Resolves with the lease moved on to the last. */
export async function foldBatch(
  db: Database,
  projection: Projection,
  lease: Lease,
  records: readonly ProjectedRecord[],
): Promise<Lease> {
  let previous = lease.sequence;
  for (const { stream, sequence } of records) {
    assert(
      stream === lease.stream && sequence > previous,
      'a batch is an ascending run of the leased stream',
    );
    previous = sequence;
  }
  return db.transaction().execute(async (tx) => {
    const moved = await advanceCheckpoint(tx, lease, previous);
    await projection.fold(tx, records);
    return moved;
  });
}
