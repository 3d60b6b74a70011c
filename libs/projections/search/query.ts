/** Which messages of some chats have all of the terms: by the index alone. What their chats hold now is for the caller to compare. */
import { sql, type Kysely } from 'kysely';
import { tsqueryOf } from './lexemes.js';
import type { SearchTables } from './projection.js';
import type { Term } from './terms.js';

/** Ranked are the newest of those that are found: a word that stands nearly everywhere is found in the latest messages. */
const ranked_max = 5_000;
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
  const { after, limit } = asked;
  let query = tables
    .with('ranked', (db) =>
      db
        .selectFrom(newestFound(db as unknown as Kysely<SearchTables>, asked).as('found'))
        .select(['chat_id', 'seq', 'date_ms'])
        .select(
          sql<number>`(${sql.lit(rank_unit)} *
            (ts_rank(words, query) + case when words @@ whole then 1 else 0 end))::integer`.as('rank'),
        ),
    )
    .selectFrom('ranked')
    .selectAll();
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('rank', 'date_ms', 'chat_id', 'seq'),
        '<',
        tuple(after.rank, after.date_ms, after.chat_id, after.seq),
      ),
    );
  }
  return query
    .orderBy('rank', 'desc')
    .orderBy('date_ms', 'desc')
    .orderBy('chat_id', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute();
}

/** One look into the index a chat, whatever the planner thinks of their number. */
function newestFound(tables: Kysely<SearchTables>, { terms, chats, sender_id }: Asked) {
  const given = sql<SearchedChat & { query: string; whole: string }>`unnest(
    ${chats.map(({ chat_id }) => chat_id)}::uuid[],
    ${chats.map(({ visible_from_seq }) => visible_from_seq)}::bigint[],
    ${chats.map(({ chat_id }) => tsqueryOf(chat_id, terms))}::tsquery[],
    ${chats.map(({ chat_id }) => tsqueryOf(chat_id, terms, true))}::tsquery[])`;
  let query = tables
    .selectFrom(given.as<'c'>(sql`c(chat_id, visible_from_seq, query, whole)`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('message_words as w')
          .selectAll()
          .whereRef('w.chat_id', '=', 'c.chat_id')
          .where(sql<boolean>`w.words @@ c.query`)
          .offset(0)
          .as('m'),
      (join) => join.onTrue(),
    )
    .select(['m.chat_id', 'm.seq', 'm.date_ms', 'm.words', 'c.query', 'c.whole'])
    .whereRef('m.seq', '>=', 'c.visible_from_seq');
  if (sender_id !== undefined) query = query.where('m.sender_id', '=', sender_id);
  return query
    .orderBy('m.date_ms', 'desc')
    .orderBy('m.chat_id', 'desc')
    .orderBy('m.seq', 'desc')
    .limit(ranked_max);
}
