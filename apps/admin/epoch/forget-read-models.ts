import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { projections } from '#projections/registry.js';

/**
 * Empties every read model and sets its checkpoints to the beginning, in one transaction: they are folded again from the streams
 * that are there. All of them, because each may show what is lost. Whoever still folds is fenced off.
 */
export async function forgetReadModels(db: Database): Promise<void> {
  const tables = projections.flatMap(({ schema, tables: names }) =>
    names.map((name) => sql.table(`${schema}.${name}`)),
  );
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('odnix.checkpoints')
      .set(({ eb }) => ({ sequence: 0, fence: eb('fence', '+', 1) }))
      .execute();
    await sql`truncate ${sql.join(tables)}`.execute(tx);
  });
}
