import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { adminRoles, type AdminRole } from '../operation.js';

const id_bytes = 8;
const secret_bytes = 32;
export const wrong_tokens_per_window_max = 20;
const window_s = 600;
const swept_rows_max = 100;
/** More often it is not written down that a token was used. */
const used_again_s = 60;

export interface AdminToken {
  readonly token_id: string;
  readonly name: string;
  readonly role: AdminRole;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly last_used_at_ms: number | null;
  readonly revoked_at_ms: number | null;
}

/**
 * Tokens of named people: 256 random bits each, of which the database has a hash. The part before the dot finds the row and is no
 * secret; the whole is compared in constant time.
 */
export class AdminTokens {
  constructor(private readonly db: Database) {}

  /** The token itself is told this once. */
  async create(name: string, role: AdminRole, expires_ms: number): Promise<AdminToken & { token: string }> {
    const token_id = randomBytes(id_bytes).toString('hex');
    const token = `odnix-admin-${token_id}.${randomBytes(secret_bytes).toString('base64url')}`;
    const row = await this.db
      .insertInto('ops.admin_tokens')
      .values({
        token_id,
        token_hash: hashOf(token),
        name,
        role,
        expires_at: sql`now() + make_interval(secs => ${expires_ms / 1_000})`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return { ...told(row), token };
  }

  /** The newest first. */
  async list(limit: number): Promise<readonly AdminToken[]> {
    const rows = await this.db
      .selectFrom('ops.admin_tokens')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('token_id')
      .limit(limit)
      .execute();
    return rows.map(told);
  }

  /** Those that were not revoked before. */
  async revoke(
    by: { readonly name: string } | { readonly token_id: string },
  ): Promise<readonly AdminToken[]> {
    const update = this.db
      .updateTable('ops.admin_tokens')
      .set({ revoked_at: sql<Date>`now()` })
      .where('revoked_at', 'is', null);
    const found =
      'name' in by ? update.where('name', '=', by.name) : update.where('token_id', '=', by.token_id);
    return (await found.returningAll().execute()).map(told);
  }

  /** Null: not one of ours, expired or revoked. */
  async verify(token: string): Promise<AdminToken | null> {
    const [, token_id] = /^odnix-admin-([0-9a-f]{16})\.[A-Za-z0-9_-]{43}$/.exec(token) ?? [];
    if (token_id === undefined) return null;
    const row = await this.db
      .selectFrom('ops.admin_tokens')
      .selectAll()
      .where('token_id', '=', token_id)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', sql<Date>`now()`)
      .executeTakeFirst();
    const stored = row?.token_hash ?? hashOf('');
    if (!timingSafeEqual(Buffer.from(stored), Buffer.from(hashOf(token))) || row === undefined) return null;
    await sql`
      update ops.admin_tokens set last_used_at = now() where token_id = ${token_id}
      and (last_used_at is null or last_used_at < now() - make_interval(secs => ${used_again_s}))
    `.execute(this.db);
    return told(row);
  }

  /** How long nothing is taken from that address any more; 0: it is. */
  async waitMs(address: string): Promise<number> {
    const { rows } = await sql<{ wait_ms: number }>`
      select ceil(extract(epoch from window_ends_at - now()) * 1000)::float8 as wait_ms
      from ops.admin_token_failures
      where address = ${address} and failures >= ${wrong_tokens_per_window_max} and window_ends_at > now()
    `.execute(this.db);
    return Math.max(0, rows[0]?.wait_ms ?? 0);
  }

  async countWrong(address: string): Promise<void> {
    await sql`
      insert into ops.admin_token_failures as f (address, window_ends_at)
      values (${address}, now() + make_interval(secs => ${window_s}))
      on conflict (address) do update set
        failures = case when f.window_ends_at <= now() then 1 else least(f.failures + 1, 1000000) end,
        window_ends_at = case when f.window_ends_at <= now() then excluded.window_ends_at else f.window_ends_at end
    `.execute(this.db);
    await sql`
      delete from ops.admin_token_failures where address in (
        select address from ops.admin_token_failures where window_ends_at < now() limit ${swept_rows_max})
    `.execute(this.db);
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

interface Row {
  readonly token_id: string;
  readonly name: string;
  readonly role: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const told = (row: Row): AdminToken => ({
  token_id: row.token_id,
  name: row.name,
  role: adminRoles.find((role) => role === row.role) ?? 'auditor',
  created_at_ms: row.created_at.getTime(),
  expires_at_ms: row.expires_at.getTime(),
  last_used_at_ms: row.last_used_at?.getTime() ?? null,
  revoked_at_ms: row.revoked_at?.getTime() ?? null,
});
