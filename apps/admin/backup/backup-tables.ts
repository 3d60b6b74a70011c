/** Postgres, as it was at one moment, in files. */
import type pg from 'pg';
import { copyConnection, copyOut, inOneSnapshot, tablesIn } from '#db/copy-tables.js';
import type { AdminContext } from '../operation.js';
import { tableFile } from './backup-directory.js';
import { writeChecked } from './checked-file.js';
import type { BackedUpTable, Manifest } from './manifest.js';

type Tables = Pick<Manifest, 'migrations' | 'projections' | 'checkpoints' | 'tables'>;

/** Checkpoints of what is not read (yet, or any more) would name tables that are not there. */
const conditions: Readonly<Record<string, string>> = {
  'odnix.checkpoints':
    'exists (select 1 from odnix.projections p where p.name = projection and p.live_version = version)',
};

export async function backUpTables(context: AdminContext, directory: string): Promise<Tables> {
  const client = await copyConnection(context.databaseUrl);
  try {
    return await inOneSnapshot(client, async () => {
      const standing = await standingOf(client);
      const schemas = ['odnix', 'ops', ...Object.values(standing.projections)];
      return { ...standing, tables: await copyTables(client, schemas, context, directory) };
    });
  } finally {
    await client.end();
  }
}

async function standingOf(client: pg.Client): Promise<Omit<Tables, 'tables'>> {
  const migrations = await client.query<{ name: string }>('select name from odnix.migrations order by name');
  const live = await client.query<{ name: string; schema: string }>(
    `select name, name || '_v' || live_version as schema from odnix.projections order by name`,
  );
  const checkpoints = await client.query<{ schema: string; stream: string; sequence: number }>(
    `select projection || '_v' || version as schema, stream, sequence::float8 as sequence
     from odnix.checkpoints where ${conditions['odnix.checkpoints']} order by 1, 2`,
  );
  return {
    migrations: migrations.rows.map(({ name }) => name),
    projections: Object.fromEntries(live.rows.map(({ name, schema }) => [name, schema])),
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
      rows = await copyOut(client, { table, columns, take, signal, ...(where === undefined ? {} : { where }) });
    });
    copied.push({ table, columns, rows, ...file });
    done += bytes;
  }
  progress({ what: 'copying tables', done: total, total, unit: 'bytes' });
  return copied;
}
