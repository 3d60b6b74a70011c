/**
 * Makes the database's roles and what they may do as `roleGrants` says. A role an app, `odnix_<app>`: by itself it cannot
 * log in; with a password it can, or whoever deploys makes it the group of a login of their own.
 */
import { sql, type Kysely, type Transaction } from 'kysely';
import { build_schema_pattern, projectionOfSchema } from './build-schema.js';
import { openDatabase } from './database.js';
import { databaseApps, roleGrants, roleOf, type DatabaseApp, type Grant } from './role-grants.js';
import { scramVerifier } from './scram-verifier.js';
import type { DB } from './tables.js';

const statement_ms_max = 30_000;
/** Roles belong to all databases of a server: others may make the same ones at the same moment. */
const attempts_max = 20;
const insufficient_privilege = '42501';
const happensWithOthers = ['42710', '23505', 'XX000'];

export interface RolesOptions {
  /** Whose role becomes a login with this password; the others stay as they are. */
  readonly passwords?: Partial<Record<DatabaseApp, string>>;
}

/** The one connected may not make roles, or not these. Nothing was changed. */
export class RolesRefused extends Error {
  override readonly name = 'RolesRefused';
  constructor(statements: readonly string[], options: ErrorOptions) {
    const what = statements.map((statement) => `  ${statement};`).join('\n');
    super(
      'DATABASE_URL: this user may not make the roles of the apps. Let one who may (CREATEROLE, or a superuser) run:\n' +
        `${what}\nand run this again: what is left to do takes the owner of the tables only.`,
      options,
    );
  }
}

/** Resolves with the roles that were made. Idempotent; what the table does not hold (any more) is taken away. */
export async function applyRoles(
  databaseUrl: string,
  options: RolesOptions = {},
): Promise<readonly string[]> {
  const db = openDatabase({
    url: databaseUrl,
    application: 'odnix-roles',
    connections_max: 1,
    statement_ms_max,
  });
  try {
    const made = await makeRoles(db, options);
    await grantRoles(db);
    return made;
  } finally {
    await db.destroy();
  }
}

/**
 * What the roles that exist may do in this database, in one transaction: for whoever makes tables or schemas, after it. Does
 * nothing where there are no roles.
 */
export async function grantRoles(db: Kysely<DB>): Promise<void> {
  await alongOthers(() =>
    db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('odnix roles'))`.execute(tx);
      const existing = await existingRoles(tx);
      if (existing.size === 0) return;
      await keepOthersOut(tx, [...existing]);
      const schemas = await schemasOf(tx);
      for (const app of databaseApps) {
        if (existing.has(roleOf(app))) await grantTo(tx, app, schemas);
      }
    }),
  );
}

async function makeRoles(db: Kysely<DB>, { passwords = {} }: RolesOptions): Promise<string[]> {
  const existing = await existingRoles(db);
  const missing = databaseApps.map(roleOf).filter((role) => !existing.has(role));
  const logins = databaseApps.filter((app) => passwords[app] !== undefined);
  try {
    for (const role of missing) await alongOthers(() => createRole(db, role));
    for (const app of logins) {
      const verifier = sql.lit(scramVerifier(passwords[app]!));
      await alongOthers(() => sql`alter role ${sql.id(roleOf(app))} login password ${verifier}`.execute(db));
    }
  } catch (error) {
    if (codeOf(error) !== insufficient_privilege) throw error;
    const statements = [
      ...missing.map((role) => `create role ${role}`),
      ...logins.map((app) => `alter role ${roleOf(app)} login password '…'`),
    ];
    throw new RolesRefused(statements, { cause: error });
  }
  return missing;
}

async function createRole(db: Kysely<DB>, role: string): Promise<void> {
  const existing = await existingRoles(db);
  if (!existing.has(role)) await sql`create role ${sql.id(role)} nologin`.execute(db);
}

async function existingRoles(db: Kysely<DB>): Promise<ReadonlySet<string>> {
  const names = databaseApps.map(roleOf);
  const { rows } = await sql<{ name: string }>`
    select rolname::text as name from pg_roles where rolname = any(${names}::text[])`.execute(db);
  return new Set(rows.map(({ name }) => name));
}

/** Every login of the server may connect to a new database, and make temporary tables in it, unless told otherwise. */
async function keepOthersOut(tx: Transaction<DB>, roles: readonly string[]): Promise<void> {
  const { rows } = await sql<{ name: string; is_own: boolean }>`
    select datname::text as name, pg_has_role(datdba, 'usage') as is_own
    from pg_database where datname = current_database()`.execute(tx);
  const { name, is_own } = rows[0]!;
  if (!is_own) return;
  await sql`revoke all on database ${sql.id(name)} from public`.execute(tx);
  const all = sql.join(roles.map((role) => sql.id(role)));
  await sql`grant connect on database ${sql.id(name)} to ${all}`.execute(tx);
}

/** Those of ours: `odnix`, `ops`, and every build of every projection. */
async function schemasOf(tx: Transaction<DB>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select nspname::text as name from pg_namespace
    where nspname in ('odnix', 'ops') or nspname ~ ${build_schema_pattern} order by 1`.execute(tx);
  return rows.map(({ name }) => name);
}

async function grantTo(tx: Transaction<DB>, app: DatabaseApp, schemas: readonly string[]): Promise<void> {
  const role = sql.id(roleOf(app));
  for (const schema of schemas.map((name) => sql.id(name))) {
    await sql`revoke all on all tables in schema ${schema} from ${role}`.execute(tx);
    await sql`revoke all on schema ${schema} from ${role}`.execute(tx);
  }
  for (const grant of roleGrants[app]) {
    for (const schema of schemas.filter((name) => isMeant(grant, name))) {
      const privileges = sql.raw(grant.may.join(', '));
      const tables = grant.tables?.map((table) => sql.id(schema, table));
      const what =
        tables === undefined ? sql`all tables in schema ${sql.id(schema)}` : sql`table ${sql.join(tables)}`;
      await sql`grant usage on schema ${sql.id(schema)} to ${role}`.execute(tx);
      await sql`grant ${privileges} on ${what} to ${role}`.execute(tx);
    }
  }
}

function isMeant({ on }: Grant, schema: string): boolean {
  return 'schema' in on ? schema === on.schema : projectionOfSchema(schema) === on.projection;
}

/** Two that change the same row of the server's catalogue at once: one of them is told so, and begins again. */
async function alongOthers<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts_max || !happensWithOthers.includes(codeOf(error))) throw error;
    }
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);
