/**
 * What each role may do in Postgres, tried: every privilege on every table there is, and everything else that a taken-over
 * process might try, each as the role itself. What is allowed is written out here a second time, so that whoever
 * widens the table of grants has to come here.
 *
 * Seen failing with `ops` granted to the query handler as well, with `delete` on the checkpoints, without `revoke all on
 * database`, and with `grantRoles` left out of `migrate`.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migratedDatabase, type MigratedDatabase } from '../test/support/migrated-database.js';
import { openDatabase, type Database } from './database.js';
import { migrate } from './migrate.js';
import { databaseApps, roleOf, type DatabaseApp } from './role-grants.js';
import { applyRoles, grantRoles, RolesRefused } from './roles.js';

const password = randomUUID();
const passwords = Object.fromEntries(databaseApps.map((app) => [app, password]));
let owner: MigratedDatabase;
let connected: Record<DatabaseApp, Database>;

function urlAs(user: string): string {
  const url = new URL(owner.url);
  url.username = user;
  url.password = password;
  return url.href;
}

const openAs = (user: string) =>
  openDatabase({ url: urlAs(user), application: 'test', connections_max: 1, statement_ms_max: 10_000 });

beforeAll(async () => {
  owner = await migratedDatabase();
  await applyRoles(owner.url, { passwords });
  connected = Object.fromEntries(databaseApps.map((app) => [app, openAs(roleOf(app))])) as typeof connected;
});
afterAll(async () => {
  await Promise.all(Object.values(connected ?? {}).map((db) => db.destroy()));
  await owner?.drop();
});

/** Undone whatever it does. `denied`: by the privileges; anything else is thrown. */
async function attempt(db: Database, statement: string): Promise<'done' | 'denied'> {
  const undo = new Error('undo');
  try {
    await db.transaction().execute(async (tx) => {
      await sql.raw(statement).execute(tx);
      throw undo;
    });
  } catch (error) {
    if (error === undo) return 'done';
    if ((error as { code?: string }).code === '42501') return 'denied';
    throw error;
  }
  return 'done';
}

/** Letters: select, insert, update, delete. Tables that are not named here are nothing to that role. */
const allowed: Record<DatabaseApp, Record<string, string>> = {
  api: {
    'odnix.checkpoints': 's',
    'odnix.migrations': 's',
    'odnix.projections': 's',
    'ops.one_time_codes': 'siud',
    'ops.qr_sign_ins': 'siud',
    'ops.refresh_tokens': 'siud',
    'ops.sign_in_counts': 'siud',
  },
  'command-handler': {
    'accounts_v1.accounts': 's',
    'accounts_v1.hidden_messages': 's',
    'chats_v1.calls': 's',
    'chats_v1.message_reactions': 's',
    'chats_v1.messages': 's',
    'odnix.checkpoints': 's',
    'odnix.migrations': 's',
    'odnix.projections': 's',
    'ops.qr_sign_ins': 'su',
    'request_ids_v1.request_ids': 's',
    'user_log_v1.user_chats': 's',
  },
  timeline: { 'odnix.checkpoints': 's', 'odnix.projections': 's', 'user_log_v1.user_chats': 's' },
  projector: {
    'accounts_v1.accounts': 'siud',
    'accounts_v1.blocks': 'siud',
    'accounts_v1.contacts': 'siud',
    'accounts_v1.devices': 'siud',
    'accounts_v1.hidden_messages': 'siud',
    'accounts_v1.sign_in_failures': 'siud',
    'chats_v1.bans': 'siud',
    'chats_v1.calls': 'siud',
    'chats_v1.chat_log': 'siud',
    'chats_v1.chats': 'siud',
    'chats_v1.members': 'siud',
    'chats_v1.message_reactions': 'siud',
    'chats_v1.messages': 'siud',
    'device_cursors_v1.device_cursors': 'siud',
    'odnix.builds': 's',
    'odnix.checkpoints': 'siu',
    'odnix.holds': 'siud',
    'odnix.migrations': 's',
    'odnix.projections': 's',
    'receipts_v1.cursor_moves': 'siud',
    'request_ids_v1.request_ids': 'siud',
    'search_v1.heads': 'siud',
    'search_v1.message_words': 'siud',
    'user_log_v1.timeline_positions': 'siud',
    'user_log_v1.user_chats': 'siud',
    'user_log_v1.user_heads': 'siud',
    'user_log_v1.user_log': 'siud',
  },
  'query-handler': {
    'accounts_v1.accounts': 's',
    'accounts_v1.blocks': 's',
    'accounts_v1.contacts': 's',
    'accounts_v1.devices': 's',
    'accounts_v1.hidden_messages': 's',
    'accounts_v1.sign_in_failures': 's',
    'chats_v1.bans': 's',
    'chats_v1.calls': 's',
    'chats_v1.chat_log': 's',
    'chats_v1.chats': 's',
    'chats_v1.members': 's',
    'chats_v1.message_reactions': 's',
    'chats_v1.messages': 's',
    'device_cursors_v1.device_cursors': 's',
    'odnix.checkpoints': 's',
    'odnix.migrations': 's',
    'odnix.projections': 's',
    'receipts_v1.cursor_moves': 's',
    'search_v1.heads': 's',
    'search_v1.message_words': 's',
    'user_log_v1.timeline_positions': 's',
    'user_log_v1.user_chats': 's',
    'user_log_v1.user_heads': 's',
    'user_log_v1.user_log': 's',
  },
};

/** Changes nothing, and asks for one privilege alone each. */
const statementsOn = (table: string, column: string): Record<string, string> => ({
  s: `select from ${table}`,
  i: `insert into ${table} select from (select) none where false`,
  u: `update ${table} set ${column} = default where false`,
  d: `delete from ${table} where false`,
  truncate: `truncate ${table}`,
  lock: `lock table ${table} in access exclusive mode`,
  alter: `alter table ${table} add column more text`,
  drop: `drop table ${table}`,
  index: `create index on ${table} (${column})`,
});

describe.each(databaseApps)('%s', (app) => {
  it('may do on every table what it is allowed, and nothing else', async () => {
    const { rows } = await sql<{ table: string; column: string }>`
      select n.nspname || '.' || c.relname as table, quote_ident(a.attname) as column
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join lateral (select attname from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum limit 1) a
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)'
      order by 1`.execute(owner.db);
    expect(rows.length).toBeGreaterThan(18);
    const done: Record<string, string> = {};
    for (const { table, column } of rows) {
      for (const [mark, statement] of Object.entries(statementsOn(table, column))) {
        // Whoever may write a table may also lock it.
        if (mark === 'lock' && /[iud]/.test(allowed[app][table] ?? '')) continue;
        if ((await attempt(connected[app], statement)) === 'done') done[table] = (done[table] ?? '') + mark;
      }
    }
    expect(done).toEqual(allowed[app]);
  });

  it.each([
    'create schema mine',
    'create table public.mine (id int)',
    'create temporary table mine (id int)',
    'create extension dblink',
    'select from pg_authid',
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
    'create role mine',
    'drop schema ops cascade',
    'select from chats_v1.messages_0',
    'select from odnix.migrations_lock',
    ...databaseApps.map((other) => `set role ${roleOf(other)}`),
  ])('%s', async (statement) => {
    const isOwn = statement === `set role ${roleOf(app)}`;
    const onPartition = statement.endsWith('messages_0') && ['projector', 'query-handler'].includes(app);
    expect(await attempt(connected[app], statement)).toBe(isOwn || onPartition ? 'done' : 'denied');
  });
});

it('a login that is none of these cannot even connect', async () => {
  const name = `other_${randomUUID().replaceAll('-', '')}`;
  await sql.raw(`create role ${name} login password '${password}'`).execute(owner.db);
  const other = openAs(name);
  try {
    await expect(sql`select 1`.execute(other)).rejects.toMatchObject({ code: '42501' });
  } finally {
    await other.destroy();
    await sql.raw(`drop role ${name}`).execute(owner.db);
  }
});

it('a new version of a projection gets its readers and its writer, and only these', async () => {
  await sql.raw('create schema chats_v2; create table chats_v2.messages (id int)').execute(owner.db);
  for (const table of ['message_reactions', 'calls'])
    await sql.raw(`create table chats_v2.${table} (id int)`).execute(owner.db);
  const who = async (statement: string) => {
    const tried = databaseApps.map(async (app) => [app, await attempt(connected[app], statement)] as const);
    return (await Promise.all(tried)).flatMap(([app, outcome]) => (outcome === 'done' ? [app] : []));
  };
  expect(await who('select from chats_v2.messages')).toEqual([]);
  await grantRoles(owner.db);
  expect(await who('select from chats_v2.messages')).toEqual([
    'command-handler',
    'projector',
    'query-handler',
  ]);
  expect(await who('insert into chats_v2.messages values (1)')).toEqual(['projector']);
  await sql.raw('drop schema chats_v2 cascade').execute(owner.db);
});

it('what the table does not hold is taken away when it is applied again, by several at once', async () => {
  await sql.raw('grant usage on schema ops to odnix_query_handler').execute(owner.db);
  await sql.raw('grant all on ops.refresh_tokens to odnix_query_handler').execute(owner.db);
  const statement = 'select from ops.refresh_tokens';
  expect(await attempt(connected['query-handler'], statement)).toBe('done');
  const all = await Promise.all(Array.from({ length: 4 }, () => applyRoles(owner.url, { passwords })));
  expect(all).toEqual([[], [], [], []]);
  expect(await attempt(connected['query-handler'], statement)).toBe('denied');
});

it('an owner who may not make roles is told what to let others do; migrating grants to those there are', async () => {
  const name = `owner_${randomUUID().replaceAll('-', '')}`;
  await sql.raw(`create role ${name} login password '${password}'`).execute(owner.db);
  await sql.raw(`create database ${name} owner ${name}`).execute(owner.db);
  const url = new URL(urlAs(name));
  url.pathname = `/${name}`;
  await migrate(url.href);
  const refused = await applyRoles(url.href, { passwords: { api: password } }).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(RolesRefused);
  expect((refused as Error).message).toContain("alter role odnix_api login password '…'");
  expect((refused as Error).message).not.toContain(password);
  const reader = new URL(url);
  reader.username = 'odnix_query_handler';
  const db = openDatabase({
    url: reader.href,
    application: 'test',
    connections_max: 1,
    statement_ms_max: 10_000,
  });
  expect(await attempt(db, 'select from chats_v1.chats')).toBe('done');
  expect(await attempt(db, 'delete from chats_v1.chats')).toBe('denied');
  await db.destroy();
  await sql.raw(`drop database ${name} with (force)`).execute(owner.db);
  await sql.raw(`drop role ${name}`).execute(owner.db);
});
