/**
 * Brings a database to the present schema. Migrations are listed here, oldest first, and never edited after a release.
 * Several processes may start at once: one migrates and the others wait for it, by the advisory lock that Kysely takes.
 */
import { sql } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { openDatabase, type Database } from './database.js';
import * as readModels from './migrations/0001-read-models.js';
import * as ops from './migrations/0002-ops.js';
import * as checkpointFences from './migrations/0003-checkpoint-fences.js';
import * as messagesByVersion from './migrations/0004-messages-by-version.js';
import * as builds from './migrations/0005-builds.js';
import * as holds from './migrations/0006-holds.js';
import * as adminTokens from './migrations/0007-admin-tokens.js';
import * as erasure from './migrations/0008-erasure.js';
import * as buildsRead from './migrations/0009-builds-read.js';
import * as versionsBegun from './migrations/0010-versions-begun.js';
import * as signIn from './migrations/0012-sign-in.js';
import * as refreshTokenFamilies from './migrations/0013-refresh-token-families.js';
import * as blocks from './migrations/0014-blocks.js';
import * as chatSettings from './migrations/0015-chat-settings.js';
import * as chatRules from './migrations/0016-chat-rules.js';
import * as people from './migrations/0018-people.js';
import * as receipts from './migrations/0020-receipts.js';
import * as vanishing from './migrations/0019-vanishing.js';
import * as search from './migrations/0021-search.js';
import * as calls from './migrations/0022-calls.js';
import * as auditorWithText from './migrations/0024-auditor-with-text.js';
import { grantRoles } from './roles.js';

const migrations: Record<string, Migration> = {
  '0001-read-models': readModels,
  '0002-ops': ops,
  '0003-checkpoint-fences': checkpointFences,
  '0004-messages-by-version': messagesByVersion,
  '0005-builds': builds,
  '0006-holds': holds,
  '0007-admin-tokens': adminTokens,
  '0008-erasure': erasure,
  '0009-builds-read': buildsRead,
  '0010-versions-begun': versionsBegun,
  '0012-sign-in': signIn,
  '0013-refresh-token-families': refreshTokenFamilies,
  '0014-blocks': blocks,
  '0015-chat-settings': chatSettings,
  '0016-chat-rules': chatRules,
  '0018-people': people,
  '0020-receipts': receipts,
  '0019-vanishing': vanishing,
  '0021-search': search,
  '0022-calls': calls,
  '0024-auditor-with-text': auditorWithText,
};

const statement_ms_max = 600_000;
const undefined_table = '42P01';

/**
 * Resolves with the migrations that were run, when the schema is the present one, or the one that ends with `upTo`; throws when
 * one fails, with nothing of it done.
 */
export async function migrate(databaseUrl: string, upTo?: string): Promise<readonly string[]> {
  const db = openDatabase({
    url: databaseUrl,
    application: 'odnix-migrate',
    connections_max: 1,
    statement_ms_max,
  });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: 'odnix',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  try {
    const { error, results = [] } = await (upTo === undefined
      ? migrator.migrateToLatest()
      : migrator.migrateTo(upTo));
    if (error !== undefined) throw error;
    // What was made just now, and a version of a projection that a later migration makes, has its readers too.
    await grantRoles(db);
    return results.map(({ migrationName }) => migrationName);
  } finally {
    await db.destroy();
  }
}

/** Those that this version knows, in order. */
export const knownMigrations: readonly string[] = Object.keys(migrations);

/** The migrations that are still to be run. Throws when Postgres does not answer. */
export async function pendingMigrations(db: Database): Promise<readonly string[]> {
  const done = await doneMigrations(db);
  return knownMigrations.filter((name) => !done.includes(name));
}

async function doneMigrations(db: Database): Promise<readonly string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from odnix.migrations`.execute(db);
    return rows.map(({ name }) => name);
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined_table) return [];
    throw error;
  }
}
