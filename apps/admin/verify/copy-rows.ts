/** Rows into scratch tables, by COPY. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ScratchRow, Value } from './scratch-rows.js';
import { scratchColumns, type ScratchTable } from './scratch-tables.js';

/** Resolves when they are there, for this connection's transaction. One call at a time on a connection. */
export async function copyRows(
  client: pg.ClientBase,
  schema: string,
  rows: readonly ScratchRow[],
): Promise<void> {
  const byTable = Map.groupBy(rows, ({ table }) => table);
  for (const [table, some] of byTable) await copyInto(client, schema, table, some);
}

async function copyInto(
  client: pg.ClientBase,
  schema: string,
  table: ScratchTable,
  rows: readonly ScratchRow[],
): Promise<void> {
  const copy = client.query(copyFrom(`copy ${schema}.${table} (${scratchColumns[table]}) from stdin`));
  const done = finished(copy);
  // It is awaited below; until then a failure must not count as unhandled.
  done.catch(() => undefined);
  const text = rows.map(({ values }) => `${values.map(field).join('\t')}\n`).join('');
  if (!copy.write(text)) await Promise.race([once(copy, 'drain'), done]);
  copy.end();
  await done;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const field = (value: Value): string =>
  value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (one) => escapes[one]!);
