/** Postgres, as it was at one moment, in files. */
import type pg from 'pg';
import type { LiveBuild } from '#db/builds.js';
import { copyConnection, copyOut, inOneSnapshot, tablesIn } from '#db/copy-tables.js';
import type { AdminContext } from '../operation.js';
import { tableFile } from './backup-directory.js';
import { writeChecked } from './checked-file.js';
import type { BackedUpCheckpoint, BackedUpTable, Manifest } from './manifest.js';

type Tables = Pick<Manifest, 'migrations' | 'projections' | 'checkpoints' | 'tables'>;

/** Of builds that are not read (yet, or any more) nothing is kept. */
const conditions: Readonly<Record<string, string>> = {
  'odnix.checkpoints': 'schema in (select live_schema from odnix.projections)',
};

export async function backUpTables(context: AdminContext, directory: string): Promise<Tables> {
  const client = await copyConnection(context.databaseUrl);
  try {
    return await inOneSnapshot(client, async () => {
      const standing = await standingOf(client);
      const schemas = ['odnix', 'ops', ...standing.projections.map(({ schema }) => schema)];
      return { ...standing, tables: await copyTables(client, schemas, context, directory) };
    });
  } finally {
    await client.end();
  }
}

async function standingOf(client: pg.Client): Promise<Omit<Tables, 'tables'>> {
  const migrations = await client.query<{ name: string }>('select name from odnix.migrations order by name');
  const live = await client.query<LiveBuild>(
    `select b.projection, b.version, b.schema
     from odnix.projections p join odnix.builds b on b.schema = p.live_schema order by 1`,
  );
  const checkpoints = await client.query<BackedUpCheckpoint>(
    `select schema, stream, sequence::float8 as sequence
     from odnix.checkpoints where ${conditions['odnix.checkpoints']} order by 1, 2`,
  );
  return {
    migrations: migrations.rows.map(({ name }) => name),
    projections: live.rows,
    checkpoints: checkpoints.rows,
  };
}

async function copyTables(
  client: pg.Client,
  schemas: readonly string[],
  { signal, progress }: AdminContext,
  directory: string,
): Promise<readonly BackedUpTable[]> {
  const tables = await tablesIn(client, schemas);
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const copied: BackedUpTable[] = [];
  for (const { table, columns, bytes } of tables) {
    progress({ what: 'copying tables', done, total, unit: 'bytes' });
    let rows = 0;
    const file = await writeChecked(directory, tableFile(table), async (write) => {
      const take = async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) await write(chunk);
      };
      const where = conditions[table];
      rows = await copyOut(client, {
        table,
        columns,
        take,
        signal,
        ...(where === undefined ? {} : { where }),
      });
    });
    copied.push({ table, columns, rows, ...file });
    done += bytes;
  }
  progress({ what: 'copying tables', done: total, total, unit: 'bytes' });
  return copied;
}
