/** How often strangers may try what: the one table of these limits, and their counters in Postgres, shared by all servers. */
import type { KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import { counter } from '#observability/metrics.js';
import type { Database } from '#db/database.js';
import { keyedHash } from '#edge/secrets.js';

const minutes_10_s = 600;
const hour_s = 3_600;
const day_s = 86_400;
const swept_rows_max = 100;
const per_address_max_default = 100;

export interface Limit {
  /** Part of the counter's name. */
  readonly name: string;
  readonly max: number;
  readonly window_s: number;
}
export type SignInLimits = ReturnType<typeof signInLimits>;

/** Addresses are shared (a company, a mobile network): their limits are high, and an operator's to set. */
export function signInLimits(perAddressMax = per_address_max_default) {
  const perAddress = (name: string): Limit => ({ name, max: perAddressMax, window_s: minutes_10_s });
  return {
    short_codes_per_phone: { name: 'short codes', max: 4, window_s: minutes_10_s },
    short_codes_per_phone_and_day: { name: 'short codes a day', max: 12, window_s: day_s },
    long_codes_per_phone: { name: 'long codes', max: 1, window_s: hour_s },
    codes_per_installation: { name: 'codes by installation', max: 8, window_s: minutes_10_s },
    codes_per_address: perAddress('codes by address'),
    wrong_codes_per_address: perAddress('wrong codes'),
    qr_tokens_per_address: perAddress('QR tokens'),
    wrong_qr_tokens_per_address: perAddress('wrong QR tokens'),
  } as const satisfies Record<string, Limit>;
}

/** One more of something, by somebody. */
export interface Use {
  readonly limit: Limit;
  readonly subject: string;
}

/** Every step is one atomic statement: of any number at once, as many get through as the limit says. */
export class SignInCounts {
  constructor(
    private readonly db: Database,
    private readonly key: KeyObject,
  ) {}

  /** How long to wait until it may be done; 0: now, and it counts. What is refused does not count. */
  async take({ limit, subject }: Use): Promise<number> {
    const counted = this.nameOf(limit, subject);
    const { rows } = await sql<{ is_taken: boolean; wait_ms: number }>`
      with taken as (
        insert into ops.sign_in_counts as c (counted, window_ends_at)
        values (${counted}, now() + make_interval(secs => ${limit.window_s}))
        on conflict (counted) do update set
          taken = case when c.window_ends_at <= now() then 1 else c.taken + 1 end,
          window_ends_at = case when c.window_ends_at <= now() then excluded.window_ends_at else c.window_ends_at end
        where c.window_ends_at <= now() or c.taken < ${limit.max}
        returning counted
      )
      select exists (select from taken) as is_taken, coalesce((
        select ceil(extract(epoch from window_ends_at - now()) * 1000)::float8
        from ops.sign_in_counts where counted = ${counted}), 0) as wait_ms
    `.execute(this.db);
    const { is_taken, wait_ms } = rows[0]!;
    if (is_taken) return 0;
    counter('odnix.sign_in.refused', { limit: limit.name }).add();
    // Nobody's window may be seen yet where two came first at once.
    return Math.max(1, wait_ms);
  }

  /** All of them or none: the wait of the first that is refused. */
  async takeAll(uses: readonly Use[]): Promise<number> {
    const taken: Use[] = [];
    for (const use of uses) {
      const waitMs = await this.take(use);
      if (waitMs > 0) {
        await this.giveBack(taken);
        return waitMs;
      }
      taken.push(use);
    }
    return 0;
  }

  /** It did not happen, or was nothing to be limited. */
  async giveBack(uses: readonly Use[]): Promise<void> {
    if (uses.length === 0) return;
    const counted = uses.map(({ limit, subject }) => this.nameOf(limit, subject));
    await sql`
      update ops.sign_in_counts set taken = greatest(taken - 1, 0) where counted = any(${counted})
    `.execute(this.db);
  }

  async sweep(): Promise<void> {
    await sql`
      delete from ops.sign_in_counts where counted in (
        select counted from ops.sign_in_counts where window_ends_at < now() limit ${swept_rows_max}
        for update skip locked)
    `.execute(this.db);
  }

  private nameOf({ name }: Limit, subject: string): string {
    return keyedHash(this.key, `count:${name}:${subject}`);
  }
}
