/**
 * The rows of one table that a batch touches: loaded by key in one statement, changed in memory, saved in one statement
 * (two when rows go). Rows travel as one JSON parameter, so a batch of any size is the same statement.
 */
import { CompiledQuery, sql, type Kysely, type QueryResult, type RawBuilder } from 'kysely';
import type { DB } from '#db/tables.js';

export interface RowTable<Row extends object, Key extends keyof Row & string> {
  /** Bare. */
  readonly name: string;
  readonly key: readonly Key[];
  /** Columns of type json. */
  readonly json?: readonly (keyof Row & string)[];
}

const texts_max = 500;
const texts = new Map<string, string>();

export class RowSet<Row extends object, Key extends keyof Row & string> {
  private readonly rows = new Map<string, Row>();
  private readonly changed = new Set<string>();
  private readonly removed = new Map<string, Pick<Row, Key>>();

  private readonly name: RawBuilder<unknown>;

  constructor(
    /** The build's. */
    private readonly schema: string,
    private readonly table: RowTable<Row, Key>,
  ) {
    this.name = sql.table(`${schema}.${table.name}`);
  }

  /** Loads those of the keys that are there. Keys may repeat. */
  async load(tx: Kysely<DB>, keys: readonly Pick<Row, Key>[]): Promise<this> {
    if (keys.length === 0) return this;
    const distinct = new Map(keys.map((key) => [this.keyText(key), this.keyOf(key)]));
    const { rows } = await this.execute<Row>(tx, 'load', [...distinct.values()], (keys) => {
      return sql`
        select t.* from json_populate_recordset(null::${this.name}, ${keys}::json) k
        join ${this.name} t using (${this.keyColumns()})`;
    });
    for (const row of rows) this.rows.set(this.keyText(row), row);
    return this;
  }

  get(key: Pick<Row, Key>): Row | undefined {
    return this.rows.get(this.keyText(key));
  }

  /** The whole row: absent fields are not kept from before. */
  put(row: Row): void {
    const text = this.keyText(row);
    this.rows.set(text, row);
    this.changed.add(text);
    this.removed.delete(text);
  }

  remove(key: Pick<Row, Key>): void {
    const text = this.keyText(key);
    this.rows.delete(text);
    this.changed.delete(text);
    this.removed.set(text, this.keyOf(key));
  }

  async save(tx: Kysely<DB>): Promise<void> {
    await this.deleteRemoved(tx);
    const rows = [...this.changed].map((text) => this.rows.get(text)!);
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0]!);
    const encoded = rows.map((row) => this.encoded(row));
    await this.execute(tx, `save ${columns.join(' ')}`, encoded, (all) => {
      const others = columns.filter((column) => !this.isKey(column));
      const update = others.map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`);
      return sql`
        insert into ${this.name} (${sql.join(columns.map((column) => sql.id(column)))})
        select ${sql.join(columns.map((column) => this.selected(column)))}
        from json_populate_recordset(null::${this.name}, ${all}::json)
        on conflict (${this.keyColumns()}) do
        ${update.length === 0 ? sql`nothing` : sql`update set ${sql.join(update)}`}`;
    });
  }

  private async deleteRemoved(tx: Kysely<DB>): Promise<void> {
    if (this.removed.size === 0) return;
    await this.execute(tx, 'delete', [...this.removed.values()], (keys) => {
      const same = this.table.key.map((column) => sql`t.${sql.id(column)} = k.${sql.id(column)}`);
      return sql`
        delete from ${this.name} t using json_populate_recordset(null::${this.name}, ${keys}::json) k
        where ${sql.join(same, sql` and `)}`;
    });
  }

  /** A statement whose one parameter is what it is about. Its text is put together when it is first met. */
  private execute<Result>(
    tx: Kysely<DB>,
    what: string,
    about: readonly object[],
    statement: (parameter: RawBuilder<unknown>) => RawBuilder<unknown>,
  ): Promise<QueryResult<Result>> {
    const key = `${this.schema}.${this.table.name} ${what}`;
    const text = texts.get(key) ?? statement(sql`${''}`).compile(tx).sql;
    // Builds come and go.
    if (texts.size >= texts_max) texts.clear();
    texts.set(key, text);
    return tx.executeQuery<Result>(CompiledQuery.raw(text, [JSON.stringify(about)]));
  }

  /** A JSON column's value travels as text within the JSON, so that no code unit in it is looked at on the way. */
  private selected(column: string): RawBuilder<unknown> {
    const id = sql.id(column);
    return this.isJson(column) ? sql`(${id} #>> '{}')::json` : sql`${id}`;
  }

  private encoded(row: Row): Record<string, unknown> {
    const encode = ([column, value]: [string, unknown]): [string, unknown] => {
      if (this.isJson(column)) return [column, value === null ? null : JSON.stringify(value)];
      return [column, typeof value === 'string' ? storableText(value) : value];
    };
    return Object.fromEntries(Object.entries(row).map(encode));
  }

  private isJson = (column: string): boolean => this.table.json?.some((name) => name === column) ?? false;
  private isKey = (column: string): boolean => this.table.key.some((name) => name === column);
  private keyColumns = () => sql.join(this.table.key.map((column) => sql.id(column)));
  private keyText = (row: Pick<Row, Key>): string => this.table.key.map((column) => row[column]).join(' ');
  private keyOf = (row: Pick<Row, Key>) =>
    Object.fromEntries(this.table.key.map((column) => [column, row[column]])) as Pick<Row, Key>;
}

/** Postgres' text takes neither U+0000 nor lone surrogates; a person who sends them must not stop a fold. */
function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}
