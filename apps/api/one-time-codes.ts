import { randomInt, timingSafeEqual, type KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { keyedHash } from '#edge/secrets.js';

const swept_rows_max = 100;

/**
 * A short code answers the installation that asked for it, and takes few attempts. A long one answers anybody who has it; so
 * many attempts that they matter do not come together in its time (docs/adr/0030).
 */
export const codeKinds = {
  short: { digits: 6, attempts_max: 5, expires_s: 300, waits: true },
  long: { digits: 12, attempts_max: 1_000_000, expires_s: 3_600, waits: false },
} as const;
export type CodeKind = keyof typeof codeKinds;

/** Whom a long code answers. */
const anybody = 'anybody';

export interface CodeAt {
  readonly phoneHash: string;
  /** Of the installation that asks or answers, as a hash; or what stands for those that give no name. */
  readonly installation: string;
}

/** A spent code, to be put back when what it was for could not be carried out. */
export interface SpentCode {
  readonly phoneHash: string;
  readonly answers: string;
  readonly codeHash: string;
  readonly attempts: number;
  readonly expiresAt: Date;
}

/** `locked`: wrong, and the code's last attempt. `wrong` is also what is expired, spent, or never was. */
export type Spending =
  | { readonly kind: 'spent'; readonly code: SpentCode }
  | { readonly kind: 'wrong' | 'locked' }
  | { readonly kind: 'wait'; readonly wait_ms: number };

export function newCode(kind: CodeKind): string {
  const digits = Array.from({ length: codeKinds[kind].digits }, () => randomInt(10));
  return digits.join('');
}

/** One-time codes, hashed. Every step is one atomic statement. */
export class OneTimeCodes {
  constructor(
    private readonly db: Database,
    private readonly key: KeyObject,
  ) {}

  /** In place of the one that the same installation had before. */
  async keep(at: CodeAt, kind: CodeKind, code: string): Promise<void> {
    const { expires_s } = codeKinds[kind];
    const answers = kind === 'long' ? anybody : at.installation;
    await sql`
      insert into ops.one_time_codes (phone_hash, answers, code_hash, expires_at)
      values (${at.phoneHash}, ${answers}, ${this.hashOf(at.phoneHash, answers, code)},
        now() + make_interval(secs => ${expires_s}))
      on conflict (phone_hash, answers) do update set code_hash = excluded.code_hash, attempts = 0,
        next_attempt_at = excluded.next_attempt_at, expires_at = excluded.expires_at
    `.execute(this.db);
    await this.sweep();
  }

  /** Counts the attempt before it compares; of two with the right code, one spends it. */
  async spend({ phoneHash, installation }: CodeAt, code: string): Promise<Spending> {
    const kind: CodeKind = code.length === codeKinds.long.digits ? 'long' : 'short';
    const answers = kind === 'long' ? anybody : installation;
    const stored = await this.attempt(phoneHash, answers, kind);
    if (stored.wait_ms > 0) return { kind: 'wait', wait_ms: stored.wait_ms };
    const given = this.hashOf(phoneHash, answers, code);
    const isRight = timingSafeEqual(Buffer.from(stored.code_hash ?? no_hash), Buffer.from(given));
    if (!isRight) return { kind: stored.attempts === codeKinds[kind].attempts_max ? 'locked' : 'wrong' };
    const { rows } = await sql<{ attempts: number; expires_at: Date }>`
      delete from ops.one_time_codes
      where phone_hash = ${phoneHash} and answers = ${answers} and code_hash = ${given}
      returning attempts, expires_at
    `.execute(this.db);
    const [row] = rows;
    if (row === undefined) return { kind: 'wrong' };
    const { attempts, expires_at: expiresAt } = row;
    return { kind: 'spent', code: { phoneHash, answers, codeHash: given, attempts, expiresAt } };
  }

  /** Unless a newer one was made meanwhile. */
  async putBack({ phoneHash, answers, codeHash, attempts, expiresAt }: SpentCode): Promise<void> {
    await sql`
      insert into ops.one_time_codes (phone_hash, answers, code_hash, attempts, expires_at)
      values (${phoneHash}, ${answers}, ${codeHash}, ${attempts - 1}, ${expiresAt})
      on conflict do nothing
    `.execute(this.db);
  }

  /** The second wrong attempt waits 2 s for the next, each further one twice as long. */
  private async attempt(phoneHash: string, answers: string, kind: CodeKind): Promise<Attempt> {
    const { attempts_max, waits } = codeKinds[kind];
    const { rows } = await sql<Attempt>`
      with tried as (
        update ops.one_time_codes set attempts = attempts + 1, next_attempt_at = case
          when ${waits} and attempts > 0 then now() + make_interval(secs => 2 ^ attempts) else now() end
        where phone_hash = ${phoneHash} and answers = ${answers} and expires_at > now()
          and attempts < ${attempts_max} and next_attempt_at <= now()
        returning code_hash, attempts
      )
      select (select code_hash from tried) as code_hash, (select attempts from tried) as attempts, coalesce((
        select ceil(extract(epoch from next_attempt_at - now()) * 1000)::float8 from ops.one_time_codes
        where phone_hash = ${phoneHash} and answers = ${answers} and expires_at > now()
          and attempts < ${attempts_max} and not exists (select from tried)), 0) as wait_ms
    `.execute(this.db);
    return rows[0]!;
  }

  private async sweep(): Promise<void> {
    await sql`
      delete from ops.one_time_codes where (phone_hash, answers) in (
        select phone_hash, answers from ops.one_time_codes where expires_at < now() limit ${swept_rows_max}
        for update skip locked)
    `.execute(this.db);
  }

  private hashOf(phoneHash: string, answers: string, code: string): string {
    return keyedHash(this.key, `otp:${phoneHash}:${answers}:${code}`);
  }
}

interface Attempt {
  readonly code_hash: string | null;
  readonly attempts: number | null;
  readonly wait_ms: number;
}

/** Compared where there is no code, so that both take the same time. */
const no_hash = '0'.repeat(64);
