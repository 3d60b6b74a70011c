/** The second half of a sweep: tables that held deleted words are written anew, so that no dead row keeps them. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { projectionOfSchema } from '#db/build-schema.js';
import { forgottenSchemas, listBuilds } from '#db/builds.js';
import type { Database } from '#db/database.js';
import type { AdminContext } from '../operation.js';
import { snapshotsAreGone } from './old-snapshots.js';
import { rewriteTable } from './rewrite-table.js';

/** How long projectors are waited for. */
const fold_wait_ms_max = 15_000;
const look_every_ms = 250;
/** By projection; no other holds words. */
const tablesWithWords: Readonly<Record<string, readonly string[]>> = {
  chats: ['messages', 'chat_log'],
  search: ['message_words'],
};
const hasWords = ({ projection }: { readonly projection: string }): boolean =>
  Object.hasOwn(tablesWithWords, projection);

export interface RewrittenBuilds {
  /** Tables, a partition counted as one. */
  readonly rewritten: number;
  /** For how long a table could not be read, at most. */
  readonly longest_lock_ms: number;
  readonly waits: readonly string[];
}

/** Stream → its last tombstone. */
type LastTombstones = ReadonlyMap<string, number>;

export async function rewriteBuilds(context: AdminContext, client: pg.Client): Promise<RewrittenBuilds> {
  const { db } = context;
  const sum = { rewritten: 0, longest_lock_ms: 0 };
  const waits: string[] = [];
  const last = await lastTombstones(db);
  for (const { schema } of (await listBuilds(db)).filter(hasWords)) {
    if (await isRewritten(db, schema, last)) continue;
    const why = await rewriteBuild(context, client, schema, last, sum);
    if (why !== null) waits.push(`${schema}: ${why}`);
  }
  for (const schema of await forgottenSchemas(db)) {
    if (hasWords({ projection: projectionOfSchema(schema) }))
      waits.push(`${schema}: nobody folds it any more; projections drop-old drops it`);
  }
  return { ...sum, waits };
}

/** Builds that are still to be written anew. */
export async function buildsToRewrite(db: Database): Promise<readonly string[]> {
  const last = await lastTombstones(db);
  const builds = (await listBuilds(db)).filter(hasWords);
  const todo: string[] = [];
  for (const { schema } of builds) if (!(await isRewritten(db, schema, last))) todo.push(schema);
  return todo;
}

/** What it waits for; null when it is done. */
async function rewriteBuild(
  context: AdminContext,
  client: pg.Client,
  schema: string,
  last: LastTombstones,
  sum: { rewritten: number; longest_lock_ms: number },
): Promise<string | null> {
  const { db, signal, progress } = context;
  if (!(await isFolded(context, schema, last)))
    return 'deletions are still to be folded (is a projector running?)';
  const holder = await snapshotsAreGone(client, signal);
  if (holder !== null) return holder;
  const tables = await partitionsOf(client, schema);
  for (const [done, table] of tables.entries()) {
    signal.throwIfAborted();
    progress({ what: `writing ${schema} anew`, done, total: tables.length, unit: 'tables' });
    const { locked_ms, failure } = await rewriteTable(client, table, signal);
    sum.longest_lock_ms = Math.max(sum.longest_lock_ms, locked_ms);
    if (failure !== null) return `${table} ${failure}`;
    sum.rewritten += 1;
  }
  await saveRewritten(db, schema, last);
  return null;
}

async function lastTombstones(db: Database): Promise<LastTombstones> {
  const rows = await db
    .selectFrom('odnix.erased_streams')
    .select(['stream', 'last_tombstone'])
    .where('last_tombstone', '>', 0)
    .execute();
  return new Map(rows.map(({ stream, last_tombstone }) => [stream, last_tombstone]));
}

async function isRewritten(db: Database, schema: string, last: LastTombstones): Promise<boolean> {
  const rows = await db.selectFrom('odnix.erased_builds').selectAll().where('schema', '=', schema).execute();
  const done = new Map(rows.map(({ stream, last_tombstone }) => [stream, last_tombstone]));
  return [...last].every(([stream, sequence]) => (done.get(stream) ?? 0) >= sequence);
}

async function isFolded(
  { db, signal }: AdminContext,
  schema: string,
  last: LastTombstones,
): Promise<boolean> {
  const deadlineMs = performance.now() + fold_wait_ms_max;
  for (;;) {
    const rows = await db
      .selectFrom('odnix.checkpoints')
      .select(['stream', 'sequence'])
      .where('schema', '=', schema)
      .execute();
    const folded = new Map(rows.map(({ stream, sequence }) => [stream, sequence]));
    if ([...last].every(([stream, sequence]) => (folded.get(stream) ?? 0) >= sequence)) return true;
    if (performance.now() > deadlineMs) return false;
    await pause(look_every_ms, undefined, { signal });
  }
}

async function saveRewritten(db: Database, schema: string, last: LastTombstones): Promise<void> {
  const rows = [...last].map(([stream, last_tombstone]) => ({ schema, stream, last_tombstone }));
  await db
    .insertInto('odnix.erased_builds')
    .values(rows)
    .onConflict((row) =>
      row.columns(['schema', 'stream']).doUpdateSet(({ ref }) => ({
        last_tombstone: ref('excluded.last_tombstone'),
      })),
    )
    .execute();
}

/** As they are written in statements. */
async function partitionsOf(client: pg.Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select i.inhrelid::regclass::text as name from pg_inherits i
     join pg_class c on c.oid = i.inhparent join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = any($2) order by 1`,
    [schema, tablesWithWords[projectionOfSchema(schema)]],
  );
  return rows.map(({ name }) => name);
}
