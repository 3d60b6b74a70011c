/**
 * Whole tables by COPY, out of one snapshot of the database and into another database: what `pg_dump --data-only` would do, where
 * there is none. Rows go as text, as Postgres writes it, through streams: nothing is held.
 */
import { createGunzip, createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Made anew: by running migrations, and by making the builds that are read. */
const not_copied = ['odnix.migrations', 'odnix.migrations_lock', 'odnix.projections', 'odnix.builds'];
const gzip_level = 1;

export interface TableShape {
  /** With its schema. */
  readonly table: string;
  readonly columns: readonly string[];
}

export interface SizedTable extends TableShape {
  /** About; with all partitions. */
  readonly bytes: number;
}

/** A connection of its own, without the limits of those that serve; to be ended by the caller. */
export async function copyConnection(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'admin', keepAlive: true });
  // Told to whatever waits for it; by itself it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** One view of everything, for as long as it takes: every read within stands where the first one did. */
export async function inOneSnapshot<T>(client: pg.Client, read: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only');
  try {
    return await read();
  } finally {
    await client.query('rollback').catch(() => undefined);
  }
}

/** Those of the schemas, partitioned ones as one. */
export async function tablesIn(
  client: pg.Client,
  schemas: readonly string[],
): Promise<readonly SizedTable[]> {
  const { rows } = await client.query<SizedTable>(
    `select n.nspname || '.' || c.relname as table,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       (select coalesce(sum(pg_relation_size(p.relid)), 0)::float8 from pg_partition_tree(c.oid) p) as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and not c.relispartition
       and n.nspname || '.' || c.relname <> all($2)
     order by 1`,
    [schemas, not_copied],
  );
  return rows;
}

export interface CopyOut extends TableShape {
  /** SQL that a row must fulfil. */
  readonly where?: string;
  readonly take: (chunks: AsyncIterable<Buffer>) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Resolves with the rows copied, packed. */
export async function copyOut(
  client: pg.Client,
  { table, columns, where, take, signal }: CopyOut,
): Promise<number> {
  // A partitioned table can be copied by a query only.
  const rows = `select ${names(columns)} from ${quoted(table)}${where === undefined ? '' : ` where ${where}`}`;
  const copy = client.query(copyTo(`copy (${rows}) to stdout`));
  await pipeline(copy, createGzip({ level: gzip_level }), take, { signal });
  return copy.rowCount;
}

/** Resolves with the rows that came in. `chunks` as `copyOut` gave them. */
export async function copyIn(
  client: pg.Client,
  { table, columns }: TableShape,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<number> {
  const copy = client.query(copyFrom(`copy ${quoted(table)} (${names(columns)}) from stdin`));
  await pipeline(chunks, createGunzip(), copy, { signal });
  return copy.rowCount;
}

export const quoted = (table: string): string => table.split('.').map(pg.escapeIdentifier).join('.');

const names = (columns: readonly string[]): string => columns.map(pg.escapeIdentifier).join(', ');
