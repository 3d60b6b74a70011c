import { generate, PostgresDialect } from 'kysely-codegen';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../test/support/servers.js';
import { projectionOfSchema, versionOfSchema } from './build-schema.js';
import { createBuild, listBuilds } from './builds.js';
import { openDatabase } from './database.js';
import { knownVersions } from './known-versions.js';
import { migrate } from './migrate.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

// `npm run generate:tables` writes the file; any other run compares. Seen failing with a column's name changed in a schema.
it('db/tables.ts tells the tables that the migrations make, and those of every version of a read model', async () => {
  await migrate(database.url);
  const db = openDatabase({
    url: database.url,
    application: 'test',
    connections_max: 2,
    statement_ms_max: 10_000,
  });
  const made = (await listBuilds(db)).map(({ schema }) => schema);
  for (const schema of knownVersions.filter((one) => !made.includes(one)))
    await createBuild(db, { projection: projectionOfSchema(schema), version: versionOfSchema(schema) });
  const generated = await generate({
    db,
    dialect: new PostgresDialect(),
    excludePattern: 'odnix.migrations*',
    // bigint columns are parsed to numbers, JSON columns hold what their writer says.
    typeMapping: { int8: 'number', json: 'unknown', jsonb: 'unknown', timestamptz: 'Date' },
    outFile: null,
  });
  await db.destroy();
  const text = await format(generated, { ...(await resolveConfig('db/tables.ts')), parser: 'typescript' });
  await expect(text).toMatchFileSnapshot('./tables.ts');
});
