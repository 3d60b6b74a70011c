/** A database of a spec's own with the present schema, and a pool on it. */
import { openDatabase, type Database } from '#db/database.js';
import { migrate } from '#db/migrate.js';
import { freshDatabase } from './postgres.js';

export interface MigratedDatabase {
  url: string;
  db: Database;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

export async function migratedDatabase(): Promise<MigratedDatabase> {
  const { url, drop } = await freshDatabase();
  await migrate(url);
  const db = openDatabase({ url, application: 'test', connections_max: 8, statement_ms_max: 10_000 });
  return {
    url,
    db,
    drop: async () => {
      await db.destroy();
      await drop();
    },
  };
}
