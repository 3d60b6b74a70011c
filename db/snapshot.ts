/**
 * One consistent view of several projections: a read-only repeatable-read transaction that knows which build of each is
 * live and how far it has folded each stream. What is read in it is exact as of these positions.
 */
import type { Kysely } from 'kysely';
import type { DB } from './tables.js';
import type { InSchema } from './database.js';

export interface Snapshot {
  /** The live build's tables under their bare names. `Schema` is the version that the code was written for. */
  tables<Schema extends string>(projection: string): Kysely<InSchema<Schema>>;
  /** The last sequence of the stream that the projection shows; 0 when it shows none. */
  coveredTo(projection: string, stream: string): number;
}

export async function readSnapshot<T>(
  db: Kysely<DB>,
  projections: readonly string[],
  read: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => read(await openSnapshot(tx, projections)));
}

async function openSnapshot(tx: Kysely<DB>, projections: readonly string[]): Promise<Snapshot> {
  const rows = await tx
    .selectFrom('odnix.projections as p')
    .leftJoin('odnix.checkpoints as c', 'c.schema', 'p.live_schema')
    .select(['p.name', 'p.live_schema', 'c.stream', 'c.sequence'])
    .where('p.name', 'in', [...projections])
    .execute();
  const schemas = new Map(rows.map((row) => [row.name, row.live_schema]));
  const positions = new Map(rows.map((row) => [`${row.name} ${row.stream}`, row.sequence ?? 0]));
  return {
    tables: <Schema extends string>(projection: string) => {
      const schema = schemas.get(projection);
      if (schema === undefined) throw new Error(`no projection of this snapshot: ${projection}`);
      return tx.withSchema(schema) as unknown as Kysely<InSchema<Schema>>;
    },
    coveredTo: (projection, stream) => positions.get(`${projection} ${stream}`) ?? 0,
  };
}
