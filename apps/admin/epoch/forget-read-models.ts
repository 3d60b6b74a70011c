import { sql } from 'kysely';
import { listBuilds } from '#db/builds.js';
import type { Database } from '#db/database.js';

/**
 * Empties every build of every read model and sets its checkpoints to the beginning, in one transaction: they are folded again
 * from the streams that are there. All of them, because each may show what is lost. Whoever still folds is fenced off.
 */
export async function forgetReadModels(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('odnix.checkpoints')
      .set(({ eb }) => ({ sequence: 0, fence: eb('fence', '+', 1) }))
      .execute();
    // Streams that were brought back from a copy hold what was erased since.
    await tx.deleteFrom('odnix.erased_streams').execute();
    await tx.deleteFrom('odnix.erased_builds').execute();
    const schemas = (await listBuilds(tx)).map(({ schema }) => schema);
    const { rows } = await sql<{ schema: string; name: string }>`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_schema = any(${schemas}) and table_type = 'BASE TABLE'`.execute(tx);
    const tables = rows.map(({ schema, name }) => sql.table(`${schema}.${name}`));
    await sql`truncate ${sql.join(tables)}`.execute(tx);
  });
}
