/** The least that filling a build can cost: the same rows into the same tables, indexes and all, by COPY. */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { createBuild, dropTables, forgetBuild } from '#db/builds.js';
import type { Database } from '#db/database.js';
import { projections } from '#projections/registry.js';

const lock_ms_max = 10_000;

export interface CopyFloor {
  readonly rows: number;
  /** Of the writing alone: the rows stand in files by then. */
  readonly seconds: number;
}

export async function copyFloor(
  db: Database,
  databaseUrl: string,
  { projection, schema }: { readonly projection: string; readonly schema: string },
  directory: string,
): Promise<CopyFloor> {
  const { version, tables } = projections.find(({ name }) => name === projection)!;
  const empty = await createBuild(db, { projection, version });
  await forgetBuild(db, empty); // Before a projector begins with it.
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let [rows, ms] = [0, 0];
    for (const table of tables) {
      const file = join(directory, `${table}.copy`);
      await pipeline(
        client.query(to(`copy (select * from ${schema}.${table}) to stdout`)),
        createWriteStream(file),
      );
      const start = performance.now();
      const writing = client.query(from(`copy ${empty}.${table} from stdin`));
      await pipeline(createReadStream(file), writing);
      ms += performance.now() - start;
      rows += writing.rowCount;
    }
    return { rows, seconds: ms / 1_000 };
  } finally {
    await client.end();
    await dropTables(db, empty, lock_ms_max);
  }
}
