/** Which messages of some chats have all of the terms: by the index alone. What their chats hold now is for the caller to compare. */
import { sql, type ExpressionBuilder, type Kysely } from 'kysely';
import { tsqueryOf } from './lexemes.js';
import type { SearchTables } from './projection.js';
import type { Term } from './terms.js';

/** Ranks are compared as whole numbers, so that a page begins exactly where the one before ended. */
const rank_unit = 1_000_000;

export interface SearchedChat {
  readonly chat_id: string;
  readonly visible_from_seq: number;
}

/** The place of a hit among the others: best first, of equal ones the newest. */
export interface HitPlace {
  readonly rank: number;
  readonly date_ms: number;
  readonly chat_id: string;
  readonly seq: number;
}

export interface Asked {
  /** At least one. */
  readonly terms: readonly Term[];
  readonly chats: readonly SearchedChat[];
  readonly sender_id?: string | undefined;
  /** The last one of the page before. */
  readonly after?: HitPlace | undefined;
  readonly limit: number;
}

/**
 * Whole words go before those that only begin so, words close to each other before those far apart, words that come again
 * before those that come once.
 */
export async function hitsOf(tables: Kysely<SearchTables>, asked: Asked): Promise<readonly HitPlace[]> {
  if (asked.chats.length === 0) return [];
  const { sender_id, after, limit } = asked;
  let query = tables
    .selectFrom(askedChats(asked).as<'c'>(sql`c(chat_id, visible_from_seq, query, whole)`))
    .innerJoinLateral(found, (join) => join.onTrue())
    .select(['m.chat_id', 'm.seq', 'm.date_ms', 'm.rank'])
    .whereRef('m.seq', '>=', 'c.visible_from_seq');
  if (sender_id !== undefined) query = query.where('m.sender_id', '=', sender_id);
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('m.rank', 'm.date_ms', 'm.chat_id', 'm.seq'),
        '<',
        tuple(after.rank, after.date_ms, after.chat_id, after.seq),
      ),
    );
  }
  return query
    .orderBy('m.rank', 'desc')
    .orderBy('m.date_ms', 'desc')
    .orderBy('m.chat_id', 'desc')
    .orderBy('m.seq', 'desc')
    .limit(limit)
    .execute();
}

interface AskedChat extends SearchedChat {
  readonly query: string;
  readonly whole: string;
}

const askedChats = ({ terms, chats }: Asked) => sql<AskedChat>`unnest(
  ${chats.map(({ chat_id }) => chat_id)}::uuid[],
  ${chats.map(({ visible_from_seq }) => visible_from_seq)}::bigint[],
  ${chats.map(({ chat_id }) => tsqueryOf(chat_id, terms))}::tsquery[],
  ${chats.map(({ chat_id }) => tsqueryOf(chat_id, terms, true))}::tsquery[])`;

/** One look into the index a chat, whatever the planner thinks of their number. */
const found = (inner: ExpressionBuilder<SearchTables & { readonly c: AskedChat }, 'c'>) =>
  inner
    .selectFrom('message_words as w')
    .select(['w.chat_id', 'w.seq', 'w.date_ms', 'w.sender_id'])
    .select(
      sql<number>`(${sql.lit(rank_unit)} *
        (ts_rank(w.words, c.query) + case when w.words @@ c.whole then 1 else 0 end))::integer`.as('rank'),
    )
    .whereRef('w.chat_id', '=', 'c.chat_id')
    .where(sql<boolean>`w.words @@ c.query`)
    .offset(0)
    .as('m');
