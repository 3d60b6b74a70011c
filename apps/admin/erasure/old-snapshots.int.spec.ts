import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../../test/support/servers.js';
import { snapshotsAreGone } from './old-snapshots.js';

const patient = { timeout: 20_000, interval: 20 };
let database: TestDatabase;
let clients: pg.Client[];

beforeAll(async () => {
  database = await freshDatabase();
  clients = [1, 2].map(() => new pg.Client({ connectionString: database.url, application_name: 'reader' }));
  await Promise.all(clients.map((client) => client.connect()));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await database.drop();
});

test('whoever began to read before is waited for, and named; who begins after is not', async () => {
  const [sweep, reader] = clients as [pg.Client, pg.Client];
  const look = () => snapshotsAreGone(sweep, new AbortController().signal, 0);
  // The server's own processes read catalogues for a moment now and then, and are waited for as well.
  const isGone = () => expect.poll(look, patient).toBeNull();
  await isGone();
  await reader.query('begin isolation level repeatable read');
  await reader.query('select 1');
  // What is deleted now is still seen.
  await sweep.query('select pg_current_xact_id()');
  expect(await look()).toMatch(/^still seen by a transaction of reader, process \d+, open since /);
  await reader.query('commit');
  await isGone();
});
