/**
 * Postgres may end any connection at any moment. Seen failing, by ending the whole process, without the listener on the
 * connections that are in use.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../test/support/servers.js';
import { openDatabase, type Database } from './database.js';

let fresh: TestDatabase;
let db: Database;
let other: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  const limits = { application: 'test', connections_max: 1, statement_ms_max: 10_000 };
  db = openDatabase({ url: fresh.url, ...limits });
  other = openDatabase({ url: fresh.url, ...limits });
});
afterAll(async () => {
  await Promise.all([db?.destroy(), other?.destroy()]);
  await fresh?.drop();
});

async function onlyRow(database: Database): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database);
  return rows[0]!.pid;
}
const ended = (pid: number) =>
  expect
    .poll(() =>
      sql`select 1 from pg_stat_activity where pid = ${pid}`.execute(other).then(({ rows }) => rows.length),
    )
    .toBe(0);

test('a connection that is ended between two statements of a transaction fails that transaction and nothing else', async () => {
  const transaction = db.transaction().execute(async (open) => {
    const pid = await onlyRow(open);
    await sql`select pg_terminate_backend(${pid})`.execute(other);
    await ended(pid);
    await onlyRow(open);
  });
  await expect(transaction).rejects.toThrow();
  expect(await onlyRow(db)).toBeGreaterThan(0);
});

// Seen failing with statements that are not named.
test('a statement with parameters is parsed and planned once a connection', async () => {
  const ask = (value: number) => sql`select ${value}::int as value`.execute(db);
  for (const value of [1, 2, 3]) expect((await ask(value)).rows).toEqual([{ value }]);
  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);
  expect(rows.filter(({ statement }) => statement.includes('as value'))).toHaveLength(1);
});

// Seen failing with the connection kept: the statement fails for as long as the connection lives.
test('what is prepared outlives its table’s change by one failure', async () => {
  const ask = () => sql`select * from changing where id = ${1}`.execute(db);
  await sql`create table changing (id int)`.execute(other);
  await ask();
  await sql`alter table changing add column more text`.execute(other);
  await expect(ask()).rejects.toMatchObject({ code: '0A000' });
  expect((await ask()).rows).toEqual([]);
});

test('a connection that is ended while nobody uses it is replaced', async () => {
  const pid = await onlyRow(db);
  await sql`select pg_terminate_backend(${pid})`.execute(other);
  await ended(pid);
  // The server is through with it before the pool has heard: until then a statement on it fails, and fails alone.
  await expect.poll(() => onlyRow(db).catch(() => pid)).not.toBe(pid);
});
