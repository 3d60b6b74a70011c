/**
 * One table against what it must hold: first checksums of its parts, cut by key; then, within parts that differ, row by
 * row. Runs in the transaction that it is given; of what people wrote only an MD5 is looked at.
 */
import type pg from 'pg';
import type { Column, TableFold } from './table-fold.js';

const parts_count = 64;
export const shown_differences_max = 10;
const shown_events_max = 5;
const shown_hash_digits = 8;

export interface Compared {
  readonly table: string;
  /** Rows that the table must hold. */
  readonly rows: number;
  /** Rows that are not there, that are there and must not be, that are not what they must be. */
  readonly missing: number;
  readonly surplus: number;
  readonly differing: number;
  /** Some of them, by key. */
  readonly first: readonly Difference[];
}

export interface Difference {
  readonly is: 'missing' | 'surplus' | 'differing';
  readonly key: Readonly<Record<string, unknown>>;
  /** Of a differing row: by column what stands there and what must. `#1a2b3c4d`: of what people wrote, a hash. */
  readonly columns: Readonly<Record<string, { readonly is: unknown; readonly must: unknown }>>;
  /** The last ones that decide the row. */
  readonly events: readonly DecidingEvent[];
}

export interface DecidingEvent {
  readonly stream: string;
  readonly sequence: number;
  /** Of the event within its decision. */
  readonly index: number;
  readonly type: string;
}

export interface Comparison {
  readonly client: pg.ClientBase;
  /** Where the scratch tables are. */
  readonly scratch: string;
  /** The schema that is compared; also the name of its positions in `upto`. */
  readonly schema: string;
  /** One aggregate alone: a condition on a live row's columns, with its one parameter. */
  readonly only?: { readonly where: string; readonly id: string };
}

export async function compareTable(comparison: Comparison, fold: TableFold): Promise<Compared> {
  const { client } = comparison;
  await client.query('drop table if exists pg_temp.must');
  await client.query(`create temporary table must on commit drop as ${mustSql(comparison, fold)}`);
  await client.query('analyze pg_temp.must');
  const { rows, parts } = await differingParts(comparison, fold);
  const table = `${comparison.schema}.${fold.table}`;
  if (parts.length === 0) return { table, rows, missing: 0, surplus: 0, differing: 0, first: [] };
  return { table, rows, ...(await differences(comparison, fold, parts)) };
}

function mustSql({ scratch, schema }: Comparison, { expected, key, columns }: TableFold): string {
  const typed = [...key, ...columns].map(({ name, type }) => `"${name}"::${type} as "${name}"`);
  return `${scratchSources(scratch, schema)} select ${typed.join(', ')} from (${expected}) x`;
}

/** The scratch tables up to where the schema has folded. */
function scratchSources(scratch: string, schema: string): string {
  const upTo = (name: string, table: string) => `
    ${name} as (
      select s.* from ${scratch}.${table} s join ${scratch}.upto u
        on u.build = '${schema}' and u.stream = s.stream and s.sequence <= u.sequence
    )`;
  const sources = [upTo('e', 'events'), upTo('r', 'requests'), upTo('n', 'entries'), upTo('p', 'positions')];
  return `with ${sources.join(',')}`;
}

async function differingParts(
  comparison: Comparison,
  fold: TableFold,
): Promise<{ rows: number; parts: readonly number[] }> {
  const { client, only } = comparison;
  const all = [...fold.key, ...fold.columns];
  const sums = (relation: string) => `
    select ${partOf(fold)} as part, count(*) as rows,
      sum(hash_record_extended(row(${all.map(({ name }) => `"${name}"`).join(', ')}), 0)::numeric) as checksum
    from ${relation} group by 1`;
  const { rows } = await client.query<{ part: number; rows: string | null; differs: boolean }>(
    `select part, m.rows, m is null or l is null or m.rows <> l.rows or m.checksum <> l.checksum as differs
     from (${sums('must')}) m full join (${sums(`(${liveSql(comparison, fold)}) live`)}) l using (part)`,
    only ? [only.id] : [],
  );
  return {
    rows: rows.reduce((sum, row) => sum + Number(row.rows ?? 0), 0),
    parts: rows.filter(({ differs }) => differs).map(({ part }) => part),
  };
}

const partOf = ({ key }: TableFold): string =>
  `(hashtextextended("${key[0]!.name}"::text, 0) & ${parts_count - 1})::integer`;

function liveSql({ schema, scratch, only }: Comparison, fold: TableFold): string {
  const { table, key, columns, isErased } = fold;
  const shown = ({ name, type, live }: Column) => `(${live ?? `"${name}"`})::${type} as "${name}"`;
  const conditions = [
    ...(only === undefined ? [] : [only.where]),
    ...(isErased === undefined ? [] : [`not exists (select from ${scratch}.gaps g where ${isErased})`]),
  ];
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return `select ${[...key, ...columns].map(shown).join(', ')} from "${schema}"."${table}" t${where}`;
}

interface DifferenceRow {
  readonly must: Record<string, unknown> | null;
  readonly live: Record<string, unknown> | null;
  readonly missing: string;
  readonly surplus: string;
  readonly total: string;
}

async function differences(comparison: Comparison, fold: TableFold, parts: readonly number[]) {
  const { client, only } = comparison;
  const keys = fold.key.map(({ name }) => `"${name}"`).join(', ');
  const first = fold.key[0]!.name;
  const within = `${partOf(fold)} = any('{${parts.join(',')}}')`;
  const { rows } = await client.query<DifferenceRow>(
    `select to_jsonb(m) as must, to_jsonb(l) as live, count(*) over () as total,
       count(*) filter (where l."${first}" is null) over () as missing,
       count(*) filter (where m."${first}" is null) over () as surplus
     from (select * from must where ${within}) m
     full join (select * from (${liveSql(comparison, fold)}) live where ${within}) l using (${keys})
     where m is distinct from l order by ${keys} limit ${shown_differences_max}`,
    only ? [only.id] : [],
  );
  const { missing, surplus, total } = counted(rows[0]);
  const shown: Difference[] = [];
  for (const row of rows) shown.push(await described(comparison, fold, row));
  return { missing, surplus, differing: total - missing - surplus, first: shown };
}

const counted = (row: DifferenceRow | undefined) => ({
  missing: Number(row?.missing ?? 0),
  surplus: Number(row?.surplus ?? 0),
  total: Number(row?.total ?? 0),
});

async function described(
  comparison: Comparison,
  fold: TableFold,
  { must, live }: DifferenceRow,
): Promise<Difference> {
  const row = (must ?? live)!;
  const key = Object.fromEntries(fold.key.map(({ name }) => [name, row[name]]));
  const differing = fold.columns.filter(({ name }) => must && live && must[name] !== live[name]);
  const columns = differing.map((column) => [
    column.name,
    { is: shownValue(column, live![column.name]), must: shownValue(column, must![column.name]) },
  ]);
  return {
    is: live === null ? 'missing' : must === null ? 'surplus' : 'differing',
    key,
    columns: Object.fromEntries(columns) as Difference['columns'],
    events: await decidingEvents(comparison, fold, key),
  };
}

const shownValue = ({ isHidden }: Column, value: unknown): unknown =>
  isHidden && typeof value === 'string' ? `#${value.slice(0, shown_hash_digits)}` : value;

async function decidingEvents(
  { client, scratch, schema }: Comparison,
  { key, decidedBy: { from, where } }: TableFold,
  values: Difference['key'],
): Promise<readonly DecidingEvent[]> {
  const place = {
    e: 's.index, s.type',
    r: `0 as index, 'request' as type`,
    n: '0 as index, s.kind as type',
  }[from];
  const k = key.map(({ name, type }, at) => `$${at + 1}::${type} as "${name}"`).join(', ');
  const { rows } = await client.query<Omit<DecidingEvent, 'sequence'> & { sequence: string }>(
    `${scratchSources(scratch, schema)}, k as (select ${k})
     select s.stream, s.sequence, ${place} from ${from} s, k where ${where}
     order by s.sequence desc, 3 desc limit ${shown_events_max}`,
    key.map(({ name }) => values[name]),
  );
  return rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
}
