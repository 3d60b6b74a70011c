import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { keyedHash } from '#edge/secrets.js';
import type { Identity } from '#streams/requests.js';

const refresh_expires_s = 60 * 24 * 3_600;
const swept_rows_max = 100;

export type Rotation =
  | { readonly kind: 'rotated'; readonly identity: Identity; readonly token: string; readonly pair: string }
  /** A spent token was used: it, or the one that replaced it, is in foreign hands. */
  | { readonly kind: 'reused'; readonly identity: Identity }
  | { readonly kind: 'unknown' };

/** Refresh tokens: random, stored hashed, rotated at each use. Every step is one atomic statement. */
export class RefreshTokens {
  constructor(
    private readonly db: Database,
    private readonly key: Uint8Array,
  ) {}

  /** The first of a device. */
  async issue({ user_id, device_id }: Identity): Promise<string> {
    const token = newToken();
    await sql`
      insert into ops.refresh_tokens (token_hash, user_id, device_id, expires_at)
      values (${this.hashOf(token)}, ${user_id}, ${device_id}, now() + make_interval(secs => ${refresh_expires_s}))
    `.execute(this.db);
    await this.sweep();
    return token;
  }

  /**
   * A new token in place of this one, which stays good until the new one (or the access token beside it) is used.
   * Using this one says that its own pair has arrived: what it replaced, and every other token that replaced the same,
   * is spent.
   */
  async rotate(token: string): Promise<Rotation> {
    const hash = this.hashOf(token);
    const next = newToken();
    const nextHash = this.hashOf(next);
    const { rows } = await sql<{ user_id: string; device_id: string; is_spent: boolean }>`
      with used as (
        select * from ops.refresh_tokens where token_hash = ${hash} and expires_at > now() for update
      ), spent as (
        update ops.refresh_tokens t set spent_at = now() from used u
        where u.spent_at is null and t.spent_at is null and t.token_hash <> u.token_hash
          and (t.token_hash = u.replaces or t.replaces = u.replaces)
      ), made as (
        insert into ops.refresh_tokens (token_hash, user_id, device_id, replaces, expires_at)
        select ${nextHash}, user_id, device_id, token_hash, now() + make_interval(secs => ${refresh_expires_s})
        from used where spent_at is null
      )
      select user_id, device_id, spent_at is not null as is_spent from used
    `.execute(this.db);
    const row = rows[0];
    if (row === undefined) return { kind: 'unknown' };
    const identity = { user_id: row.user_id, device_id: row.device_id };
    return row.is_spent
      ? { kind: 'reused', identity }
      : { kind: 'rotated', identity, token: next, pair: pairOf(nextHash) };
  }

  /** The access token of a pair was used: what that pair replaced is spent, and what else replaced the same. */
  async pairUsed(pair: string): Promise<void> {
    await sql`
      with used as (
        select token_hash, replaces from ops.refresh_tokens where token_hash >= ${pair} and token_hash < ${`${pair}g`}
      )
      update ops.refresh_tokens t set spent_at = now() from used u
      where t.spent_at is null and t.token_hash <> u.token_hash
        and (t.token_hash = u.replaces or t.replaces = u.replaces)
    `.execute(this.db);
  }

  async forget(deviceId: string): Promise<void> {
    await sql`delete from ops.refresh_tokens where device_id = ${deviceId}`.execute(this.db);
  }

  private async sweep(): Promise<void> {
    await sql`
      delete from ops.refresh_tokens where token_hash in (
        select token_hash from ops.refresh_tokens where expires_at < now() limit ${swept_rows_max})
    `.execute(this.db);
  }

  private hashOf(token: string): string {
    return keyedHash(this.key, `refresh:${token}`);
  }
}

const newToken = (): string => randomBytes(32).toString('base64url');

/** Names a token without telling its hash. */
const pairOf = (hash: string): string => hash.slice(0, 32);
