/** Where a user's entries stand. */
import type { Kysely } from 'kysely';
import type { UserLogTables } from './rows.js';

export interface LogPosition {
  readonly pts: number;
  /** Of the entry in its USER stream. */
  readonly sequence: number;
  readonly hash: string;
}

/** The greatest entry up to `pts` that the table has; null when there is none. */
export async function positionOfPtsIn(
  tables: Kysely<UserLogTables>,
  userId: string,
  pts: number,
): Promise<LogPosition | null> {
  const row = await tables
    .selectFrom('user_log')
    .select(['pts', 'sequence', 'hash'])
    .where('user_id', '=', userId)
    .where('pts', '<=', pts)
    .orderBy('pts', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export interface UserHead extends LogPosition {
  readonly date_ms: number;
  /** By source stream, the highest sequence that an entry of this log tells of. */
  readonly sources: Readonly<Record<string, number>>;
}

/** The log's last entry that the table has; null before the first. */
export async function userHeadIn(tables: Kysely<UserLogTables>, userId: string): Promise<UserHead | null> {
  const row = await tables
    .selectFrom('user_heads')
    .select(['pts', 'sequence', 'hash', 'date_ms', 'sources'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row ? { ...row, sources: row.sources as UserHead['sources'] } : null;
}
