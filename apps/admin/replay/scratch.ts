/** Tables of one projection that nobody follows and nobody reads: made for one look, and dropped after it. */
import { sql, type Kysely } from 'kysely';
import type { DB } from '#db/tables.js';
import { OperationRefused } from '../operation.js';

/** Not a name that a build may have, so no projector ever fills it. */
const prefix = 'scratch_';

/**
 * One at a time in a database, by a lock that goes with the connection: what a killed one left behind is dropped by the next.
 * `db` is one connection (`db.connection()`).
 */
export async function withScratch<T>(
  db: Kysely<DB>,
  name: string,
  tablesOf: (schema: string) => string,
  use: (schema: string) => Promise<T>,
): Promise<T> {
  const { rows } = await sql<{ is_locked: boolean }>`
    select pg_try_advisory_lock(hashtext('odnix scratch')) as is_locked`.execute(db);
  if (rows[0]?.is_locked !== true)
    throw new OperationRefused('Another replay into scratch tables runs in this database: wait for it.');
  const schema = `${prefix}${name}`;
  try {
    await dropAll(db);
    await sql.raw(tablesOf(schema)).execute(db);
    return await use(schema);
  } finally {
    await dropAll(db);
    await sql`select pg_advisory_unlock(hashtext('odnix scratch'))`.execute(db);
  }
}

async function dropAll(db: Kysely<DB>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select nspname::text as name from pg_namespace where starts_with(nspname::text, ${prefix})`.execute(db);
  for (const { name } of rows) await sql`drop schema ${sql.id(name)} cascade`.execute(db);
}
