/** What people have deleted for themselves: left out of whatever is shown to them, by whoever shows it. */
import { sql, type Kysely } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { AccountsSchema } from './projection.js';

type Tables = Kysely<InSchema<AccountsSchema>>;

export interface MessagePlace {
  readonly chat_id: string;
  readonly seq: number;
}

/** Those of these messages that are hidden from the user, as `placeKey` tells them. */
export async function hiddenAmong(
  tables: Tables,
  userId: string,
  places: readonly MessagePlace[],
): Promise<ReadonlySet<string>> {
  if (places.length === 0) return new Set();
  const chats = places.map(({ chat_id }) => chat_id);
  const seqs = places.map(({ seq }) => seq);
  const rows = await tables
    .selectFrom('hidden_messages')
    .select(['chat_id', 'seq'])
    .where('user_id', '=', userId)
    .where(sql<boolean>`(chat_id, seq) in (select * from unnest(${chats}::uuid[], ${seqs}::bigint[]))`)
    .execute();
  return new Set(rows.map(placeKey));
}

export const placeKey = ({ chat_id, seq }: MessagePlace): string => `${chat_id}:${seq}`;

/**
 * Where a chat's last message is hidden, the seq of the last one that is not, 0 when there is none: by chat, those chats alone. A chat's
 * numbers have no holes, so what is hidden in a row from the last down tells where the row ends.
 */
export async function lastNotHidden(
  tables: Tables,
  userId: string,
  chats: readonly { readonly chat_id: string; readonly last_seq: number }[],
): Promise<ReadonlyMap<string, number>> {
  if (chats.length === 0) return new Map();
  const asked = sql<{ chat_id: string; last_seq: number }>`unnest(
    ${chats.map(({ chat_id }) => chat_id)}::uuid[], ${chats.map(({ last_seq }) => last_seq)}::bigint[])`;
  const rows = await tables
    .selectFrom(asked.as<'c'>(sql`c(chat_id, last_seq)`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom(({ selectFrom }) =>
            selectFrom('hidden_messages as h')
              .select('h.seq')
              .select(sql<number>`h.seq + row_number() over (order by h.seq desc)`.as('row_end'))
              .where('h.user_id', '=', userId)
              .whereRef('h.chat_id', '=', 'c.chat_id')
              .whereRef('h.seq', '<=', 'c.last_seq')
              .as('numbered'),
          )
          .select(({ fn }) => fn.min('numbered.seq').as('first'))
          .where(sql<boolean>`numbered.row_end = c.last_seq + 1`)
          .as('hidden_row'),
      (join) => join.onTrue(),
    )
    .select(['c.chat_id', 'hidden_row.first'])
    .where('hidden_row.first', 'is not', null)
    .execute();
  return new Map(rows.map(({ chat_id, first }) => [chat_id, Number(first) - 1]));
}
