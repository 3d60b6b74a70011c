/**
 * Two schemas' tables of the same name, row by row and in the database. Ids and numbers are shown as they are; of everything
 * that may hold a person's words only a part of its hash.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '#db/tables.js';

export const shown_rows_max = 10;

export interface TableDifference {
  readonly table: string;
  readonly rows_live: number;
  readonly rows_replayed: number;
  readonly differing: number;
  /** Rows that the replay does not make. */
  readonly only_live: number;
  /** Rows that the live table does not have. */
  readonly only_replayed: number;
  /** Columns that one of the two does not have: they are not compared. */
  readonly columns_not_compared: readonly string[];
  /** By key, `shown_rows_max` at most. */
  readonly first: readonly RowDifference[];
}

export interface RowDifference {
  readonly is: 'differing' | 'only_live' | 'only_replayed';
  readonly key: Readonly<Record<string, string>>;
  readonly columns: Readonly<
    Record<string, { readonly live: string | null; readonly replayed: string | null }>
  >;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

export interface Compared {
  readonly table: string;
  readonly live: string;
  readonly replayed: string;
  /** Which rows, by the columns of both; null: none. */
  readonly where: (columns: readonly string[]) => RawBuilder<unknown> | null;
}

/** Null: nothing in this table can be compared. */
export async function compareTable(tx: Kysely<DB>, compared: Compared): Promise<TableDifference | null> {
  const { table, live, replayed } = compared;
  const [ofLive, ofReplayed, key] = [
    await columnsOf(tx, live, table),
    await columnsOf(tx, replayed, table),
    await keyOf(tx, replayed, table),
  ];
  const common = ofLive.filter(({ name }) => ofReplayed.some((other) => other.name === name));
  const where = compared.where(common.map(({ name }) => name));
  if (where === null || key.length === 0) return null;
  const names = new Set([...ofLive, ...ofReplayed].map(({ name }) => name));
  for (const { name } of common) names.delete(name);
  const rows = joined(compared, key, where);
  const values = common.filter(({ name }) => !key.includes(name));
  return {
    table,
    ...(await counted(tx, rows, key, values)),
    columns_not_compared: [...names],
    first: await firstOf(tx, rows, key, values),
  };
}

async function columnsOf(tx: Kysely<DB>, schema: string, table: string): Promise<Column[]> {
  const { rows } = await sql<Column>`
    select column_name as name, udt_name as type from information_schema.columns
    where table_schema = ${schema} and table_name = ${table} order by ordinal_position`.execute(tx);
  return rows;
}

async function keyOf(tx: Kysely<DB>, schema: string, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select a.attname::text as name
    from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = ${`${schema}.${table}`}::regclass and i.indisprimary order by a.attnum`.execute(tx);
  return rows.map(({ name }) => name);
}

function joined({ table, live, replayed }: Compared, key: readonly string[], where: RawBuilder<unknown>) {
  const side = (schema: string) => sql`(select * from ${sql.table(`${schema}.${table}`)} where ${where})`;
  const on = key.map((name) => sql`l.${sql.id(name)} = r.${sql.id(name)}`);
  return sql`${side(live)} l full join ${side(replayed)} r on ${sql.join(on, sql` and `)}`;
}

async function counted(
  tx: Kysely<DB>,
  rows: RawBuilder<unknown>,
  [first]: readonly string[],
  values: readonly Column[],
) {
  const [l, r] = [sql`l.${sql.id(first!)}`, sql`r.${sql.id(first!)}`];
  type Counts = Pick<
    TableDifference,
    'rows_live' | 'rows_replayed' | 'differing' | 'only_live' | 'only_replayed'
  >;
  const result = await sql<Counts>`
    select count(${l}) as rows_live, count(${r}) as rows_replayed,
      count(*) filter (where ${r} is null) as only_live,
      count(*) filter (where ${l} is null) as only_replayed,
      count(*) filter (where ${l} is not null and ${r} is not null and ${differs(values)}) as differing
    from ${rows}`.execute(tx);
  return result.rows[0]!;
}

async function firstOf(
  tx: Kysely<DB>,
  rows: RawBuilder<unknown>,
  key: readonly string[],
  values: readonly Column[],
): Promise<RowDifference[]> {
  const [l, r] = [sql`l.${sql.id(key[0]!)}`, sql`r.${sql.id(key[0]!)}`];
  const keys = key.map((name) => sql`coalesce(l.${sql.id(name)}, r.${sql.id(name)})`);
  const texts = keys.map((one) => sql`${one}::text`);
  const columns = values.map(
    (column) =>
      sql`case when ${distinct(column)} then array[${shown('l', column)}, ${shown('r', column)}] end`,
  );
  const result = await sql<{ is: RowDifference['is']; key: string[]; columns: ([string, string] | null)[] }>`
    select case when ${r} is null then 'only_live' when ${l} is null then 'only_replayed' else 'differing' end as is,
      array[${sql.join(texts)}] as key,
      json_build_array(${sql.join(columns)}) as columns
    from ${rows} where ${r} is null or ${l} is null or ${differs(values)}
    order by ${sql.join(keys)} limit ${sql.lit(shown_rows_max)}`.execute(tx);
  return result.rows.map((row) => ({
    is: row.is,
    key: Object.fromEntries(key.map((name, index) => [name, row.key[index]!])),
    columns: row.is === 'differing' ? changed(values, row.columns) : {},
  }));
}

function changed(
  values: readonly Column[],
  columns: readonly ([string, string] | null)[],
): RowDifference['columns'] {
  const pairs = columns.flatMap((pair, index) =>
    pair === null ? [] : [[values[index]!.name, { live: pair[0], replayed: pair[1] }] as const],
  );
  return Object.fromEntries(pairs);
}

const differs = (values: readonly Column[]) =>
  values.length === 0 ? sql`false` : sql`(${sql.join(values.map(distinct), sql` or `)})`;

/** As text: two versions may keep a column as another type, and json has no equality. */
const distinct = ({ name }: Column) => sql`l.${sql.id(name)}::text is distinct from r.${sql.id(name)}::text`;

const plain_types = ['uuid', 'int2', 'int4', 'int8', 'bool', 'timestamptz'];
const hash_digits = 12;

function shown(side: 'l' | 'r', { name, type }: Column) {
  const value = sql`${sql.ref(`${side}.${name}`)}::text`;
  if (plain_types.includes(type)) return value;
  return sql`'sha256 ' || left(encode(sha256(convert_to(${value}, 'UTF8')), 'hex'), ${sql.lit(hash_digits)})`;
}
