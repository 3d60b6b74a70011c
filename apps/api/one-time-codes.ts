import { randomInt, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { keyedHash } from '#edge/secrets.js';

export const code_expires_s = 300;
const code_attempts_max = 5;
const codes_per_window_max = 5;
const window_s = 600;
const swept_rows_max = 100;

export interface CodeLimits {
  /** Requests a phone and ten minutes. */
  readonly codesPerWindowMax?: number;
}

/** A spent code, to be put back when what it was for could not be carried out. */
export interface SpentCode {
  readonly phoneHash: string;
  readonly codeHash: string;
  readonly attempts: number;
  readonly expiresAt: Date;
}

/** One-time codes: six digits, hashed, five minutes, five attempts. Every step is one atomic statement. */
export class OneTimeCodes {
  private readonly codesPerWindowMax: number;

  constructor(
    private readonly db: Database,
    private readonly key: Uint8Array,
    limits: CodeLimits = {},
  ) {
    this.codesPerWindowMax = limits.codesPerWindowMax ?? codes_per_window_max;
  }

  /** How long to wait until another code may be asked for; 0: now. Counts this request. */
  async waitMs(phoneHash: string): Promise<number> {
    const { rows } = await sql<{ requests: number; wait_ms: number }>`
      insert into ops.code_requests as r (phone_hash, window_ends_at)
      values (${phoneHash}, now() + make_interval(secs => ${window_s}))
      on conflict (phone_hash) do update set
        requests = case when r.window_ends_at <= now() then 1 else least(r.requests + 1, 1000000) end,
        window_ends_at = case when r.window_ends_at <= now() then excluded.window_ends_at else r.window_ends_at end
      returning requests, ceil(extract(epoch from window_ends_at - now()) * 1000)::float8 as wait_ms
    `.execute(this.db);
    const { requests, wait_ms } = rows[0]!;
    return requests > this.codesPerWindowMax ? Math.max(1, wait_ms) : 0;
  }

  /** Makes a new code, in place of one that was made before. */
  async issue(phoneHash: string): Promise<string> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await sql`
      insert into ops.one_time_codes as c (phone_hash, code_hash, expires_at)
      values (${phoneHash}, ${this.hashOf(phoneHash, code)}, now() + make_interval(secs => ${code_expires_s}))
      on conflict (phone_hash) do update set
        code_hash = excluded.code_hash, attempts = 0, expires_at = excluded.expires_at
    `.execute(this.db);
    await this.sweep();
    return code;
  }

  /** Null: wrong, expired, spent, or tried too often. Counts the attempt before it compares; of two, one spends it. */
  async spend(phoneHash: string, code: string): Promise<SpentCode | null> {
    const tried = await sql<{ code_hash: string }>`
      update ops.one_time_codes set attempts = attempts + 1
      where phone_hash = ${phoneHash} and expires_at > now() and attempts < ${code_attempts_max}
      returning code_hash
    `.execute(this.db);
    const stored = tried.rows[0]?.code_hash;
    const given = this.hashOf(phoneHash, code);
    if (stored === undefined || !timingSafeEqual(Buffer.from(stored), Buffer.from(given))) return null;
    const spent = await sql<{ attempts: number; expires_at: Date }>`
      delete from ops.one_time_codes where phone_hash = ${phoneHash} and code_hash = ${given}
      returning attempts, expires_at
    `.execute(this.db);
    const row = spent.rows[0];
    return row ? { phoneHash, codeHash: given, attempts: row.attempts, expiresAt: row.expires_at } : null;
  }

  /** Unless a newer one was made meanwhile. */
  async putBack({ phoneHash, codeHash, attempts, expiresAt }: SpentCode): Promise<void> {
    await sql`
      insert into ops.one_time_codes (phone_hash, code_hash, attempts, expires_at)
      values (${phoneHash}, ${codeHash}, ${attempts - 1}, ${expiresAt})
      on conflict do nothing
    `.execute(this.db);
  }

  private async sweep(): Promise<void> {
    await sql`
      with codes as (
        delete from ops.one_time_codes where phone_hash in (
          select phone_hash from ops.one_time_codes where expires_at < now() limit ${swept_rows_max})
      )
      delete from ops.code_requests where phone_hash in (
        select phone_hash from ops.code_requests where window_ends_at < now() limit ${swept_rows_max})
    `.execute(this.db);
  }

  private hashOf(phoneHash: string, code: string): string {
    return keyedHash(this.key, `otp:${phoneHash}:${code}`);
  }
}
