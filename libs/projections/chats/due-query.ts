/** Messages whose time is over and that still stand, whoever may see them. No text. */
import type { Kysely } from 'kysely';
import type { ChatsTables } from './rows.js';

export interface DueMessage {
  readonly expires_at_ms: number;
  readonly chat_id: string;
  readonly seq: number;
}

/** Those due longest first; `after`: the last one of the page before. */
export async function dueMessagesIn(
  tables: Kysely<ChatsTables>,
  { nowMs, after, limit }: { nowMs: number; after?: DueMessage | undefined; limit: number },
): Promise<readonly DueMessage[]> {
  let query = tables
    .selectFrom('messages')
    .select(['expires_at_ms', 'chat_id', 'seq'])
    .where('deleted_at_ms', 'is', null)
    .where('expires_at_ms', '<=', nowMs);
  if (after)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('expires_at_ms', 'chat_id', 'seq'),
        '>',
        tuple(after.expires_at_ms, after.chat_id, after.seq),
      ),
    );
  const rows = await query.orderBy('expires_at_ms').orderBy('chat_id').orderBy('seq').limit(limit).execute();
  return rows as readonly DueMessage[];
}
