/**
 * How far one version of a projection has folded one stream, and the lease on going on.
 *
 * Safety is the compare-and-set alone: a batch's transaction moves the sequence from where the batch begins to where it
 * ends, for the holder whose fencing number still stands; otherwise it throws, and nothing of the batch is kept. The lease
 * (its expiry by the database's clock) only spares two runners the double work.
 */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { DB } from './tables.js';

export interface CheckpointKey {
  readonly projection: string;
  readonly version: number;
  readonly stream: string;
}

export interface Lease extends CheckpointKey {
  /** Counts the holders: a later holder's is greater. */
  readonly fence: number;
  /** The stream's last folded sequence; 0 before the first. */
  readonly sequence: number;
}

/** Long enough to outlive a pause of the process, short enough to wait for after a crash. */
export const lease_ms = 4_000;

/** Another runner took over, or was faster: nothing of the batch was kept. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

/** Null while another holder's lease runs. `holder`: a UUID of this process. */
export async function acquireLease(
  db: Kysely<DB>,
  { projection, version, stream }: CheckpointKey,
  holder: string,
): Promise<Lease | null> {
  const { rows } = await sql<{ fence: number; sequence: number }>`
    insert into odnix.checkpoints as c (projection, version, stream, lease_holder, lease_fence, lease_expires_at)
    values (${projection}, ${version}, ${stream}, ${holder}, 1, ${leaseEnd})
    on conflict (projection, version, stream) do update
      set lease_holder = excluded.lease_holder,
          lease_fence = c.lease_fence + 1,
          lease_expires_at = excluded.lease_expires_at
      where c.lease_expires_at < clock_timestamp() or c.lease_holder = excluded.lease_holder
    returning lease_fence as fence, sequence`.execute(db);
  const row = rows[0];
  return row === undefined ? null : { projection, version, stream, ...row };
}

/** To be called first in the batch's transaction: a second runner waits here and then sees that it lost. */
export async function advanceCheckpoint(tx: Transaction<DB>, lease: Lease, to: number): Promise<Lease> {
  const { numUpdatedRows } = await tx
    .updateTable('odnix.checkpoints')
    .set({ sequence: to, lease_expires_at: leaseEnd })
    .where('projection', '=', lease.projection)
    .where('version', '=', lease.version)
    .where('stream', '=', lease.stream)
    .where('lease_fence', '=', lease.fence)
    .where('sequence', '=', lease.sequence)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) {
    throw new CheckpointLost(
      `${lease.projection}_v${lease.version} of ${lease.stream}: another runner goes on`,
    );
  }
  return { ...lease, sequence: to };
}

/** All of a holder's leases at once. Those that a batch holds locked are left out: the batch renews its own. */
export async function renewLeases(db: Kysely<DB>, holder: string): Promise<void> {
  await sql`
    update odnix.checkpoints set lease_expires_at = ${leaseEnd}
    where (projection, version, stream) in (
      select projection, version, stream from odnix.checkpoints
      where lease_holder = ${holder} and lease_expires_at > clock_timestamp()
      for update skip locked)`.execute(db);
}

/** Lets the next runner go on at once. */
export async function releaseLease(db: Kysely<DB>, lease: Lease): Promise<void> {
  await db
    .updateTable('odnix.checkpoints')
    .set({ lease_holder: null, lease_expires_at: sql<Date>`'-infinity'` })
    .where('projection', '=', lease.projection)
    .where('version', '=', lease.version)
    .where('stream', '=', lease.stream)
    .where('lease_fence', '=', lease.fence)
    .execute();
}

const leaseEnd = sql<Date>`clock_timestamp() + make_interval(secs => ${sql.lit(lease_ms / 1_000)})`;
