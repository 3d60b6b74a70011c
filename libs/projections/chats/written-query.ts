/** What people wrote, message by message, whoever may see it. */
import { sql, type Kysely } from 'kysely';
import type { Body } from '#domain/chat/events.js';
import type { ChatsTables } from './rows.js';

export interface MessagePlace {
  readonly chat_id: string;
  readonly seq: number;
}

export interface Written extends MessagePlace {
  readonly sender_id: string;
  readonly date_ms: number;
  readonly content: Body['content'];
}

/** In any order; those that are deleted, due or not there (yet) are left out. One index scan a place. */
export async function writtenAt(
  tables: Kysely<ChatsTables>,
  places: readonly MessagePlace[],
  nowMs: number,
): Promise<readonly Written[]> {
  if (places.length === 0) return [];
  const asked = places.map(({ chat_id, seq }) => ({ chat_id, seq }));
  const given = sql<MessagePlace>`json_to_recordset(${JSON.stringify(asked)}::json)`;
  const rows = await tables
    .selectFrom(given.as<'p'>(sql`p(chat_id uuid, seq bigint)`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('messages as m')
          .select(['m.chat_id', 'm.seq', 'm.sender_id', 'm.date_ms', 'm.content'])
          .whereRef('m.chat_id', '=', 'p.chat_id')
          .whereRef('m.seq', '=', 'p.seq')
          .where('m.deleted_at_ms', 'is', null)
          .where((row) => row.or([row('m.expires_at_ms', 'is', null), row('m.expires_at_ms', '>', nowMs)]))
          .offset(0)
          .as('w'),
      (join) => join.onTrue(),
    )
    .selectAll('w')
    .execute();
  return rows.map((row) => ({ ...row, content: row.content as Body['content'] }));
}
