import { sql } from 'kysely';
import { build_schema_pattern, projectionOfSchema } from '#db/build-schema.js';
import { placeLive } from '#db/builds.js';
import { copyConnection, copyIn } from '#db/copy-tables.js';
import type { Database } from '#db/database.js';
import { migrate } from '#db/migrate.js';
import { projections } from '#projections/registry.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { readChunks } from './checked-file.js';
import type { Manifest } from './manifest.js';

/** Every schema of ours goes, whatever it holds. */
export async function dropSchemas(
  db: Database,
  { projections: live }: Pick<Manifest, 'projections'>,
): Promise<void> {
  const names = [...projections.map(({ name }) => name), ...live.map(({ projection }) => projection)];
  const { rows } = await sql<{ name: string }>`
    select nspname::text as name from pg_namespace
    where nspname in ('odnix', 'ops') or nspname ~ ${build_schema_pattern}`.execute(db);
  const ours = rows
    .map(({ name }) => name)
    .filter((name) => ['odnix', 'ops'].includes(name) || names.includes(projectionOfSchema(name)));
  for (const name of ours) await sql`drop schema ${sql.id(name)} cascade`.execute(db);
}

/** Into a database without schemas of ours: those of the backup's version are made, and filled in one transaction. */
export async function restoreTables(
  context: AdminContext,
  directory: string,
  manifest: Manifest,
): Promise<void> {
  await migrate(context.databaseUrl, manifest.migrations.at(-1));
  await placeLive(context.db, manifest.projections);
  const client = await copyConnection(context.databaseUrl);
  const total = manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  try {
    await client.query('begin');
    for (const table of manifest.tables) {
      const read = (bytes: number) => {
        done += bytes;
        context.progress({ what: 'filling tables', done, total, unit: 'bytes' });
      };
      const rows = await copyIn(client, table, readChunks(directory, table.file, { read }), context.signal);
      if (rows !== table.rows)
        throw new OperationRefused(`${table.table}: ${rows} rows came in instead of ${table.rows}.`);
    }
    await client.query('commit');
    // Queries are planned by what is known of tables.
    await client.query('analyze');
  } finally {
    await client.end();
  }
}
