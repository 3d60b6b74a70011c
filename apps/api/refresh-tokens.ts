import { randomBytes, type KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { keyedHash } from '#edge/secrets.js';
import type { Identity } from '#streams/requests.js';

/** A device that did not come for new tokens for so long is signed out. */
export const idle_expires_s = 30 * 24 * 3_600;
/** Answers in a row that may be lost: of more, the first are not taken any more. */
const successors_max = 8;

export type Rotation =
  | { readonly kind: 'rotated'; readonly identity: Identity; readonly token: string; readonly pair: string }
  /** A spent token was used: it, or the one that replaced it, is in foreign hands. */
  | { readonly kind: 'reused'; readonly identity: Identity }
  | { readonly kind: 'unknown' };

/**
 * Refresh tokens: random, stored hashed, rotated at each use. `<family>.<secret>`: the family stays for as long as a device is signed
 * in and is told to nobody else, so a token that names it and is neither the device's present one nor one that replaces it is
 * a spent one, however old. So a device is one row, however often it comes. Every step is one atomic statement.
 */
export class RefreshTokens {
  constructor(
    private readonly db: Database,
    private readonly key: KeyObject,
  ) {}

  /** The first of a device; those that it had before are void. */
  async issue({ user_id, device_id }: Identity): Promise<string> {
    const family = random();
    const token = `${family}.${random()}`;
    await sql`
      insert into ops.refresh_tokens (device_id, user_id, family_hash, token_hash)
      values (${device_id}, ${user_id}, ${this.hashOf(family)}, ${this.hashOf(token)})
      on conflict (device_id) do update set user_id = excluded.user_id, family_hash = excluded.family_hash,
        token_hash = excluded.token_hash, successors = '{}', issued_at = now()
    `.execute(this.db);
    return token;
  }

  /**
   * A new token in place of this one, which stays good until the new one (or the access token beside it) is used.
   * Using this one says that its own pair has arrived: what it replaced, and every other token that replaced the same,
   * is spent.
   */
  async rotate(token: string): Promise<Rotation> {
    const family = token.split('.')[0]!;
    const hash = this.hashOf(token);
    const next = `${family}.${random()}`;
    const nextHash = this.hashOf(next);
    const { rows } = await sql<{ user_id: string; device_id: string; is_rotated: boolean }>`
      with found as (
        select * from ops.refresh_tokens where family_hash = ${this.hashOf(family)}
          and issued_at > now() - make_interval(secs => ${idle_expires_s}) for update
      ), rotated as (
        update ops.refresh_tokens t set token_hash = ${hash}, issued_at = now(),
          successors = case when f.token_hash = ${hash}
            then (array[${nextHash}] || f.successors)[1:${successors_max}] else array[${nextHash}] end
        from found f where t.device_id = f.device_id and (f.token_hash = ${hash} or ${hash} = any(f.successors))
        returning t.device_id
      )
      select user_id, device_id, exists (select from rotated) as is_rotated from found
    `.execute(this.db);
    const row = rows[0];
    if (row === undefined) return { kind: 'unknown' };
    const identity = { user_id: row.user_id, device_id: row.device_id };
    const pair = `${row.device_id}.${nextHash.slice(0, 16)}`;
    return row.is_rotated ? { kind: 'rotated', identity, token: next, pair } : { kind: 'reused', identity };
  }

  /** The access token of a pair was used: what that pair replaced is spent, and what else replaced the same. */
  async pairUsed(pair: string): Promise<void> {
    const [, deviceId, start] = /^([0-9a-f-]{36})\.([0-9a-f]{16})$/.exec(pair) ?? [];
    if (deviceId === undefined) return;
    await sql`
      update ops.refresh_tokens t set token_hash = s.hash, successors = '{}'
      from unnest((select successors from ops.refresh_tokens where device_id = ${deviceId})) as s (hash)
      where t.device_id = ${deviceId} and s.hash = any(t.successors) and starts_with(s.hash, ${start})
    `.execute(this.db);
  }

  /** When each of a user's devices last got tokens. */
  async activityOf(userId: string): Promise<Readonly<Record<string, number>>> {
    const rows = await this.db
      .selectFrom('ops.refresh_tokens')
      .select(['device_id', 'issued_at'])
      .where('user_id', '=', userId)
      .execute();
    return Object.fromEntries(rows.map(({ device_id, issued_at }) => [device_id, issued_at.getTime()]));
  }

  /** Some of those whose tokens are too old to be used. */
  async idle(limit: number): Promise<readonly Identity[]> {
    const { rows } = await sql<Identity>`
      select user_id, device_id from ops.refresh_tokens
      where issued_at <= now() - make_interval(secs => ${idle_expires_s}) order by issued_at limit ${limit}
    `.execute(this.db);
    return rows;
  }

  async forget(deviceId: string): Promise<void> {
    await sql`delete from ops.refresh_tokens where device_id = ${deviceId}`.execute(this.db);
  }

  private hashOf(text: string): string {
    return keyedHash(this.key, `refresh:${text}`);
  }
}

const random = (): string => randomBytes(32).toString('base64url');
