/**
 * One consistent view of several projections: a read-only repeatable-read transaction that knows which build of each is
 * live and how far it has folded each stream. What is read in it is exact as of these positions.
 */
import type { Kysely } from 'kysely';
import { versionOfSchema } from './build-schema.js';
import type { InSchema } from './database.js';
import { isKnown, knownVersions, UnknownVersion } from './known-versions.js';
import type { DB } from './tables.js';

export interface Snapshot {
  /** The live build's tables under their bare names. `Schema` is the version that the code was written for. */
  tables<Schema extends string>(projection: string): Kysely<InSchema<Schema>>;
  /** That is read: queries of code that knows several tell by it which tables they meet. */
  versionOf(projection: string): number;
  /** The last sequence of the stream that the projection shows; 0 when it shows none. */
  coveredTo(projection: string, stream: string): number;
}

/** Throws UnknownVersion when a projection is read in a version that is not among `known`: its tables may mean something else. */
export async function readSnapshot<T>(
  db: Kysely<DB>,
  projections: readonly string[],
  read: (snapshot: Snapshot) => Promise<T>,
  known = knownVersions,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => read(await openSnapshot(tx, projections, known)));
}

async function openSnapshot(
  tx: Kysely<DB>,
  projections: readonly string[],
  known: readonly string[],
): Promise<Snapshot> {
  const rows = await tx
    .selectFrom('odnix.projections as p')
    .leftJoin('odnix.checkpoints as c', 'c.schema', 'p.live_schema')
    .select(['p.name', 'p.live_schema', 'c.stream', 'c.sequence'])
    .where('p.name', 'in', [...projections])
    .execute();
  const unknown = rows.find(({ live_schema }) => !isKnown(live_schema, known));
  if (unknown) throw new UnknownVersion(unknown.live_schema);
  const schemas = new Map(rows.map((row) => [row.name, row.live_schema]));
  const positions = new Map(rows.map((row) => [`${row.name} ${row.stream}`, row.sequence ?? 0]));
  const schemaOf = (projection: string): string => {
    const schema = schemas.get(projection);
    if (schema === undefined) throw new Error(`no projection of this snapshot: ${projection}`);
    return schema;
  };
  return {
    tables: <Schema extends string>(projection: string) =>
      tx.withSchema(schemaOf(projection)) as unknown as Kysely<InSchema<Schema>>,
    versionOf: (projection) => versionOfSchema(schemaOf(projection)),
    coveredTo: (projection, stream) => positions.get(`${projection} ${stream}`) ?? 0,
  };
}
