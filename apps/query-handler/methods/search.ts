/**
 * `messages.search`. The index finds candidates, each is then compared with what its chat holds in the same snapshot: a message
 * that was deleted or edited a moment ago is not found by what it said before, nor one that is due or hidden. So a page may hold fewer hits than was asked for.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { isUuid } from '#domain/kernel/ids.js';
import { writtenAt, type Written } from '#projections/chats/written-query.js';
import { visibleChatsOf } from '#projections/chats/query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import type { SearchSchema } from '#projections/search/projection.js';
import { hitsOf, type Asked, type HitPlace, type SearchedChat } from '#projections/search/query.js';
import { searchedText } from '#projections/search/searched-text.js';
import { snippetOf } from '#projections/search/snippet.js';
import { spansOf, termsOf, type Term } from '#projections/search/terms.js';
import { page_items_default } from '#protocol/limits.js';
import {
  MessagesSearchParams,
  type MessagesSearchResult,
  type SearchHit,
} from '#protocol/methods/messages.js';
import { Refusal } from '#protocol/refusal.js';
import { admit } from '../admit.js';
import { isHiddenFrom } from '../hidden.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { defineQuery, type QueryContext } from '../query.js';
import { sqlState } from '../refusal.js';
import { shownPositions } from '../shown-positions.js';

/** What takes longer is too broad: others wait for the same database. */
const search_ms_max = 2_000;
const query_canceled = '57014';

export const messagesSearch = defineQuery<MessagesSearchParams, MessagesSearchResult>({
  method: 'messages.search',
  params: MessagesSearchParams,
  reads: ['chats', 'accounts', 'search'],
  read: async (context, params) => {
    const { query, from_user_id, limit = page_items_default } = params;
    const after = placeOf(params);
    const chats = await searchedChats(context, params.chat_id);
    const terms = termsOf(query);
    if (terms.length === 0) return { result: { hits: [] } };
    const asked = { terms, chats, sender_id: from_user_id, after, limit: limit + 1 };
    const places = await found(context, asked);
    const page = places.slice(0, limit);
    const hits = await hitsAt(context, page, terms);
    const next = places.length > limit ? { next_cursor: cursorOf(params, page.at(-1)!) } : {};
    const seen = shownPositions(context, { chatIds: hits.map(({ chat_id }) => chat_id) });
    return { result: { hits, ...next }, seen };
  },
});

async function searchedChats(
  context: QueryContext,
  chatId: string | undefined,
): Promise<readonly SearchedChat[]> {
  if (chatId !== undefined) return [(await admit(context, 'messages.search', chatId)).member];
  return visibleChatsOf(context.snapshot.tables<ChatsSchema>('chats'), context.identity.user_id);
}

/** Throws TOO_BROAD. */
async function found({ snapshot }: QueryContext, asked: Asked): Promise<readonly HitPlace[]> {
  const tables = snapshot.tables<SearchSchema>('search');
  try {
    // Compiling the statement would take longer than most searches.
    await sql`select set_config('statement_timeout', ${String(search_ms_max)}, true), set_config('jit', 'off', true)`.execute(
      tables,
    );
    return await hitsOf(tables, asked);
  } catch (error) {
    if (sqlState(error) === query_canceled) throw new Refusal('TOO_BROAD');
    throw error;
  }
}

async function hitsAt(
  context: QueryContext,
  places: readonly HitPlace[],
  terms: readonly Term[],
): Promise<SearchHit[]> {
  const { snapshot, nowMs } = context;
  const isHidden = await isHiddenFrom(context, places);
  const shown = places.filter((place) => !isHidden(place));
  const written = await writtenAt(snapshot.tables<ChatsSchema>('chats'), shown, nowMs);
  const messages = new Map(written.map((one) => [`${one.chat_id} ${one.seq}`, one]));
  return places.flatMap(({ chat_id, seq }) => {
    const message = messages.get(`${chat_id} ${seq}`);
    return message === undefined ? [] : hitIn(message, terms);
  });
}

function hitIn({ content, ...message }: Written, terms: readonly Term[]): SearchHit[] {
  const text = searchedText(content);
  const spans = spansOf(terms, text);
  return spans === null ? [] : [{ ...message, ...snippetOf(text, spans) }];
}

const cursorOf = (params: MessagesSearchParams, { rank, date_ms, chat_id, seq }: HitPlace): string =>
  encodeCursor([rank, date_ms, chat_id, seq, digestOf(params)]);

/** Where the page before ended. Throws INVALID_PARAMS for a cursor of another search. */
function placeOf(params: MessagesSearchParams): HitPlace | undefined {
  const place = decodeCursor<[number, number, string, number]>(params.cursor, (values) => {
    const [rank, date_ms, chat_id, seq, digest] = values;
    const isPlace = [rank, date_ms, seq].every(Number.isSafeInteger) && isUuid(chat_id);
    return isPlace && Math.abs(rank as number) < 2 ** 31 && digest === digestOf(params);
  });
  if (place === undefined) return undefined;
  const [rank, date_ms, chat_id, seq] = place;
  return { rank, date_ms, chat_id, seq };
}

const digestOf = ({ query, chat_id, from_user_id }: MessagesSearchParams): string =>
  createHash('sha256')
    .update(JSON.stringify([query, chat_id, from_user_id]))
    .digest('base64url')
    .slice(0, 8);
