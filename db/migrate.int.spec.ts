import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { freshDatabase } from '../test/support/servers.js';
import { openDatabase } from './database.js';
import { migrate } from './migrate.js';

it('several processes that start at once migrate once', async () => {
  const { url, drop } = await freshDatabase();
  await Promise.all(Array.from({ length: 6 }, () => migrate(url)));
  const db = openDatabase({ url, application: 'test', connections_max: 1, statement_ms_max: 10_000 });
  const { rows } = await sql<{ name: string }>`select name from odnix.migrations order by name`.execute(db);
  expect(rows[0]).toEqual({ name: '0001-read-models' });
  const live = await db.selectFrom('odnix.projections').select(['name', 'live_schema']).execute();
  expect(live).toContainEqual({ name: 'user_log', live_schema: 'user_log_v1' });
  await db.destroy();
  await drop();
});
