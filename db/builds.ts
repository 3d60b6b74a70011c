/**
 * Builds of read models: each a schema of its own with one version's tables, filled from the streams by whichever projectors
 * know the version. Queries read the live one; of the others one may be kept to go back to, the rest are being filled.
 *
 * No statement here holds up a query: what readers lock is touched by none of them, but for the drop of a build that nobody
 * reads any more.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sql, type Kysely, type Transaction } from 'kysely';
import { build_schema_pattern, firstSchema } from './build-schema.js';
import { grantRoles } from './roles.js';
import { accountsV1, accountsV1Blocks, accountsV1Failures, accountsV1People } from './schemas/accounts-v1.js';
import { accountsV1Hidden } from './schemas/accounts-v1.js';
import {
  chatsV1,
  chatsV1BySender,
  chatsV1Calls,
  chatsV1Changes,
  chatsV1Expiring,
  chatsV1NoSamples,
  chatsV1Rules,
} from './schemas/chats-v1.js';
import { deviceCursorsV1 } from './schemas/device-cursors-v1.js';
import { receiptsV1 } from './schemas/receipts-v1.js';
import { requestIdsV1 } from './schemas/request-ids-v1.js';
import { searchV1 } from './schemas/search-v1.js';
import { userLogV1, userLogV1Settings } from './schemas/user-log-v1.js';
import type { DB } from './tables.js';

export interface Build {
  readonly schema: string;
  readonly projection: string;
  readonly version: number;
  /** `kept`: read before the live one, and folded on to go back to; `left`: read before that, to be dropped. */
  readonly state: 'filling' | 'live' | 'kept' | 'left';
  readonly begun_at: Date;
  readonly verified_at: Date | null;
  /** Null: it was not found to differ from what the streams say, or not any more. */
  readonly differs_since: Date | null;
}

type BuildVersion = Pick<Build, 'projection' | 'version'>;

/** The build of a projection that is read. */
export type LiveBuild = Pick<Build, 'schema' | 'projection' | 'version'>;

/** By the first schema of a version: the statements that make its tables, as a function of a schema's name. */
export type VersionTables = Readonly<Record<string, (schema: string) => string>>;

/** The versions that this code reads and folds. */
export const tablesOf: VersionTables = {
  chats_v1: (schema) =>
    chatsV1(schema) +
    chatsV1Changes(schema) +
    chatsV1NoSamples(schema) +
    chatsV1BySender(schema) +
    chatsV1Rules(schema) +
    chatsV1Expiring(schema) +
    chatsV1Calls(schema),
  request_ids_v1: requestIdsV1,
  user_log_v1: (schema) => userLogV1(schema) + userLogV1Settings(schema),
  accounts_v1: (schema) =>
    accountsV1(schema) +
    accountsV1Failures(schema) +
    accountsV1Blocks(schema) +
    accountsV1People(schema) +
    accountsV1Hidden(schema),
  device_cursors_v1: deviceCursorsV1,
  search_v1: searchV1,
  receipts_v1: receiptsV1,
};

/** In the order in which they were begun. */
export async function listBuilds(db: Kysely<DB>): Promise<readonly Build[]> {
  const rows = await db
    .selectFrom('odnix.builds as b')
    .innerJoin('odnix.projections as p', 'p.name', 'b.projection')
    .select(['b.schema', 'b.projection', 'b.version', 'b.begun_at', 'b.verified_at', 'b.differs_since'])
    .select('b.first_read_at')
    .select(['p.live_schema', 'p.previous_schema'])
    .orderBy('b.begun_at')
    .orderBy('b.schema')
    .execute();
  return rows.map(({ live_schema, previous_schema, first_read_at, ...build }) => {
    const state = (): Build['state'] => {
      if (build.schema === live_schema) return 'live';
      if (build.schema === previous_schema) return 'kept';
      return first_read_at === null ? 'filling' : 'left';
    };
    return { ...build, state: state() };
  });
}

/** An empty build, whole or not at all. Of several that ask at once each gets one of its own. */
export async function createBuild(db: Kysely<DB>, build: BuildVersion, tables = tablesOf): Promise<string> {
  const schema = await db.transaction().execute(async (tx) => {
    await lockBuilds(tx);
    return makeBuild(tx, build, tables);
  });
  await grantRoles(db);
  return schema;
}

/**
 * The first build of a version that no release has begun before; null when one has, whatever became of it: a version that was
 * gone back from, or dropped, is not begun again by itself. Of several that ask at once one makes it.
 */
export async function beginVersion(
  db: Kysely<DB>,
  { projection, version }: BuildVersion,
  tables = tablesOf,
): Promise<string | null> {
  return db.transaction().execute(async (tx) => {
    await lockBuilds(tx);
    const { begun_version } = await tx
      .selectFrom('odnix.projections')
      .select('begun_version')
      .where('name', '=', projection)
      .executeTakeFirstOrThrow();
    return begun_version < version ? makeBuild(tx, { projection, version }, tables) : null;
  });
}

async function makeBuild(
  tx: Transaction<DB>,
  { projection, version }: BuildVersion,
  tables: VersionTables,
): Promise<string> {
  const first = firstSchema(projection, version);
  const statements = tables[first];
  if (statements === undefined) throw new Error(`no tables are known for ${first}`);
  const schema = await freeSchema(tx, first);
  await sql.raw(statements(schema)).execute(tx);
  await tx.insertInto('odnix.builds').values({ schema, projection, version }).execute();
  await tx
    .updateTable('odnix.projections')
    .set({ begun_version: sql`greatest(begun_version, ${version})` })
    .where('name', '=', projection)
    .execute();
  return schema;
}

/**
 * Makes these the builds that are read, and all there are; their tables are empty where they were not there. For a database that
 * was migrated and holds nothing yet, before it is filled with what was saved.
 */
export async function placeLive(db: Kysely<DB>, builds: readonly LiveBuild[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockBuilds(tx);
    // The database may be that of an older version, so no more is asked for than what has always been there.
    const rows = await tx.selectFrom('odnix.builds').select('schema').execute();
    const standing = rows.map(({ schema }) => schema);
    for (const { schema, projection, version } of builds) {
      if (!standing.includes(schema)) {
        const statements = tablesOf[firstSchema(projection, version)];
        if (statements === undefined) throw new Error(`no tables are known for ${schema}`);
        await sql.raw(statements(schema)).execute(tx);
        await tx
          .insertInto('odnix.builds')
          .values({ schema, projection, version, first_read_at: sql`now()` })
          .execute();
      }
      await tx
        .updateTable('odnix.projections')
        .set({ live_schema: schema, previous_schema: null })
        .where('name', '=', projection)
        .execute();
    }
    const live = builds.map(({ schema }) => schema);
    const others = standing.filter((schema) => !live.includes(schema));
    for (const schema of others) await sql`drop schema ${sql.id(schema)} cascade`.execute(tx);
    if (others.length > 0) await tx.deleteFrom('odnix.builds').where('schema', 'in', others).execute();
  });
  await grantRoles(db);
}

/** For whoever changes which builds there are, or which is read: one at a time, to the end of the transaction. */
export async function lockBuilds(tx: Transaction<DB>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('odnix builds'))`.execute(tx);
}

async function freeSchema(tx: Transaction<DB>, first: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select nspname::text as name from pg_namespace where nspname = ${first} or nspname like ${`${first}\\_b%`}`.execute(
    tx,
  );
  const taken = rows.map(({ name }) => Number(/_b(\d+)$/.exec(name)?.[1] ?? 1));
  return taken.length === 0 ? first : `${first}_b${Math.max(...taken) + 1}`;
}

/** It does not come up to what is read: nothing was changed. */
export class BuildBehind extends Error {
  override readonly name = 'BuildBehind';
}

const meet_ms_max = 1_000;
const meet_look_ms = 5;

/**
 * From the commit on, whoever begins to read reads this build; the one read before is kept. Nobody sees less than before: the
 * old one's folding is held for as long as the new one takes to come up to it, in which it is at most a batch behind. Resolves
 * with that time in milliseconds. Throws BuildBehind when it takes longer than a second.
 */
export async function switchLive(db: Kysely<DB>, schema: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockBuilds(tx);
    const { name, live_schema } = await tx
      .selectFrom('odnix.projections as p')
      .innerJoin('odnix.builds as b', 'b.projection', 'p.name')
      .select(['p.name', 'p.live_schema'])
      .where('b.schema', '=', schema)
      .executeTakeFirstOrThrow();
    if (live_schema === schema) return 0;
    const startMs = performance.now();
    await holdCheckpoints(tx, live_schema);
    while (await isBehind(tx, schema, live_schema)) {
      const waitedMs = performance.now() - startMs;
      if (waitedMs > meet_ms_max) throw new BuildBehind(`${schema} is behind ${live_schema}, which is read`);
      await pause(meet_look_ms);
    }
    await tx
      .updateTable('odnix.projections')
      .set({ live_schema: schema, previous_schema: live_schema, switched_at: sql`now()` })
      .where('name', '=', name)
      .execute();
    await tx
      .updateTable('odnix.builds')
      .set({ first_read_at: sql`coalesce(first_read_at, now())` })
      .where('schema', '=', schema)
      .execute();
    return performance.now() - startMs;
  });
}

/** Whoever folds it waits with its next batch until the transaction ends. */
async function holdCheckpoints(tx: Transaction<DB>, schema: string): Promise<void> {
  await tx
    .selectFrom('odnix.checkpoints')
    .select('stream')
    .where('schema', '=', schema)
    .orderBy('stream')
    .forUpdate()
    .execute();
}

async function isBehind(tx: Transaction<DB>, schema: string, other: string): Promise<boolean> {
  const { rows } = await sql<{ is_behind: boolean }>`
    select exists (
      select from odnix.checkpoints o left join odnix.checkpoints c on c.schema = ${schema} and c.stream = o.stream
      where o.schema = ${other} and coalesce(c.sequence, 0) < o.sequence
    ) as is_behind`.execute(tx);
  return rows[0]!.is_behind;
}

/** Nobody folds it or is pointed to it any more; its tables are still there: `dropTables` is for those. */
export async function forgetBuild(db: Kysely<DB>, schema: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockBuilds(tx);
    await tx
      .updateTable('odnix.projections')
      .set({ previous_schema: null })
      .where('previous_schema', '=', schema)
      .execute();
    await tx.deleteFrom('odnix.builds').where('schema', '=', schema).execute();
  });
}

/** Schemas of builds that were forgotten, also by one that died before it dropped them. */
export async function forgottenSchemas(db: Kysely<DB>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select n.nspname::text as name from pg_namespace n
    where n.nspname ~ ${build_schema_pattern}
      and split_part(n.nspname, '_v', 1) in (select name from odnix.projections)
      and not exists (select from odnix.builds b where b.schema = n.nspname) order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

/** What an independent fold found of it: that it is what the streams say, or that it is not. */
export async function noteVerified(db: Kysely<DB>, schema: string, isEqual: boolean): Promise<void> {
  await db
    .updateTable('odnix.builds')
    .set(
      isEqual
        ? { verified_at: sql`now()`, differs_since: null }
        : { verified_at: null, differs_since: sql`coalesce(differs_since, now())` },
    )
    .where('schema', '=', schema)
    .execute();
}

/** Waits for nobody longer than the time: throws instead, and may be called again. */
export async function dropTables(db: Kysely<DB>, schema: string, lock_ms_max: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`set local lock_timeout = ${sql.lit(lock_ms_max)}`.execute(tx);
    await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(tx);
  });
}
