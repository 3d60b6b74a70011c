/**
 * Builds come and go beside the one that is read. Seen failing with the live checkpoints not held during the switch (a
 * batch between the last look and the commit: readers saw less than before), and with a build of the same name made twice.
 */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migratedDatabase, type MigratedDatabase } from '../test/support/migrated-database.js';
import { advanceCheckpoint, takeOver } from './checkpoint.js';
import {
  BuildBehind,
  createBuild,
  dropTables,
  forgetBuild,
  forgottenSchemas,
  listBuilds,
  switchLive,
} from './builds.js';
import { readSnapshot } from './snapshot.js';

let database: MigratedDatabase;
beforeEach(async () => {
  database = await migratedDatabase();
});
afterEach(() => database?.drop());

const chats = { projection: 'chats', version: 1 };
const statesOf = async () =>
  Object.fromEntries(
    (await listBuilds(database.db))
      .filter(({ projection }) => projection === 'chats')
      .map(({ schema, state }) => [schema, state]),
  );
const fold = async (schema: string, stream: string, to: number) => {
  const checkpoint = await takeOver(database.db, { schema, stream });
  await database.db.transaction().execute((tx) => advanceCheckpoint(tx, checkpoint, to));
};

it('several that ask at once get a build each; the tables are those of the first', async () => {
  const made = await Promise.all([1, 2, 3].map(() => createBuild(database.db, chats)));
  expect(made.toSorted()).toEqual(['chats_v1_b2', 'chats_v1_b3', 'chats_v1_b4']);
  const shapeOf = async (schema: string) =>
    (
      await sql<{ line: string }>`
        select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as line
        from information_schema.columns where table_schema = ${schema}
        union all
        select replace(indexdef, ${`${schema}.`}, '') from pg_indexes where schemaname = ${schema}
        order by 1`.execute(database.db)
    ).rows;
  expect((await shapeOf('chats_v1')).length).toBeGreaterThan(100);
  expect(await shapeOf('chats_v1_b3')).toEqual(await shapeOf('chats_v1'));
});

it('is read from the switch on, and the one before it is kept to go back to', async () => {
  const schema = await createBuild(database.db, chats);
  expect(await statesOf()).toEqual({ chats_v1: 'live', [schema]: 'filling' });
  await switchLive(database.db, schema);
  expect(await statesOf()).toEqual({ chats_v1: 'kept', [schema]: 'live' });
  await switchLive(database.db, 'chats_v1');
  expect(await statesOf()).toEqual({ chats_v1: 'live', [schema]: 'kept' });
});

// Seen failing with every build that is neither live nor kept taken for one that is being filled.
it('one that was read and is kept no longer is left, and not taken for one that is being filled', async () => {
  const [second, third] = [await createBuild(database.db, chats), await createBuild(database.db, chats)];
  await switchLive(database.db, second);
  await switchLive(database.db, third);
  expect(await statesOf()).toEqual({ chats_v1: 'left', [second]: 'kept', [third]: 'live' });
});

it('is not read while it is behind what was read, in any stream', async () => {
  const schema = await createBuild(database.db, chats);
  for (const stream of ['CHAT_0', 'CHAT_1']) await fold('chats_v1', stream, 7);
  await fold(schema, 'CHAT_0', 7);
  await expect(switchLive(database.db, schema)).rejects.toThrow(BuildBehind);
  await fold(schema, 'CHAT_1', 8);
  await switchLive(database.db, schema);
  expect((await statesOf())[schema]).toBe('live');
});

it('nobody sees less than before, however both are folded during the switch', async () => {
  const schema = await createBuild(database.db, chats);
  const until = new AbortController();
  let folded = 0;
  const folding = (async () => {
    while (!until.signal.aborted) {
      folded += 1;
      await fold('chats_v1', 'CHAT_0', folded);
      await fold(schema, 'CHAT_0', folded);
    }
  })();
  const seen: number[] = [];
  const reading = (async () => {
    while (!until.signal.aborted) {
      await readSnapshot(database.db, ['chats'], async (snapshot) => {
        seen.push(snapshot.coveredTo('chats', 'CHAT_0'));
      });
    }
  })();
  for (let turn = 0; turn < 10; turn++) await switchLive(database.db, turn % 2 === 0 ? schema : 'chats_v1');
  until.abort();
  await Promise.all([folding, reading]);
  expect(seen.at(-1)).toBeGreaterThan(0);
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
});

it('what is forgotten can be dropped, also by another; its name is not used again while its tables are there', async () => {
  const schema = await createBuild(database.db, chats);
  await fold(schema, 'CHAT_0', 3);
  await forgetBuild(database.db, schema);
  expect(await forgottenSchemas(database.db)).toEqual([schema]);
  expect(await createBuild(database.db, chats)).not.toBe(schema);
  await dropTables(database.db, schema, 1_000);
  await dropTables(database.db, schema, 1_000);
  expect(await forgottenSchemas(database.db)).toEqual([]);
  await expect(forgetBuild(database.db, 'chats_v1')).rejects.toThrow('live_schema');
});

it('a version whose tables nobody knows is refused', async () => {
  await expect(createBuild(database.db, { projection: 'chats', version: 2 })).rejects.toThrow(
    'no tables are known for chats_v2',
  );
});
