/** Calls whose time is over and that nobody has ended. */
import type { Kysely } from 'kysely';
import type { ChatsTables } from './rows.js';

export interface DueCall {
  readonly chat_id: string;
  readonly call_id: string;
}

/** Those due longest first. */
export async function dueCallsIn(
  tables: Kysely<ChatsTables>,
  nowMs: number,
  limit: number,
): Promise<readonly DueCall[]> {
  const rows = await tables
    .selectFrom('calls')
    .select(['chat_id', 'call_id'])
    .where('expires_at_ms', '<=', nowMs)
    .orderBy('expires_at_ms')
    .limit(limit)
    .execute();
  return rows;
}
