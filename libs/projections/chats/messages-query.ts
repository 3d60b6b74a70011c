/** Messages as one user sees them. */
import { sql, type Kysely } from 'kysely';
import type { Body, ReactionCount } from '#domain/chat/events.js';
import { isDue } from '#domain/chat/due.js';
import { messageView, tombstoneView } from '#domain/user-log/message-view.js';
import type { MessageView } from '#domain/user-log/update.js';
import { identityOf } from './message-identity.js';
import type { ChatsTables, MessageRow } from './rows.js';

type Tables = Kysely<ChatsTables>;
type SeenRow = MessageRow & { readonly mine: string | null };

export interface MessagesPage {
  readonly chat_id: string;
  readonly user_id: string;
  readonly visible_from_seq: number;
  /** Without either: the latest. */
  readonly before_seq?: number | undefined;
  readonly after_seq?: number | undefined;
  readonly limit: number;
}

/** From where the page begins outwards: ascending for `after_seq`, descending otherwise. */
export async function messagesFrom(
  tables: Tables,
  page: MessagesPage,
  nowMs: number,
): Promise<readonly MessageView[]> {
  const { chat_id, user_id, visible_from_seq, before_seq, after_seq, limit } = page;
  let query = tables
    .selectFrom('messages as m')
    .leftJoin('message_reactions as r', (join) =>
      join.onRef('r.chat_id', '=', 'm.chat_id').onRef('r.seq', '=', 'm.seq').on('r.user_id', '=', user_id),
    )
    .selectAll('m')
    .select('r.emoji as mine')
    .where('m.chat_id', '=', chat_id)
    .where('m.seq', '>=', visible_from_seq);
  if (before_seq !== undefined) query = query.where('m.seq', '<', before_seq);
  if (after_seq !== undefined) query = query.where('m.seq', '>', after_seq);
  const rows = await query
    .orderBy('m.seq', after_seq === undefined ? 'desc' : 'asc')
    .limit(limit)
    .execute();
  return rows.map((row) => messageViewOf(row, nowMs));
}

export interface VisibleChat {
  readonly chat_id: string;
  readonly visible_from_seq: number;
  /** The last one that is looked at. */
  readonly last_seq: number;
}

/** The latest messages of many chats, at most `limit` each, descending by seq; a chat without any is left out. */
export async function latestMessages(
  tables: Tables,
  userId: string,
  chats: readonly VisibleChat[],
  limit: number,
  nowMs: number,
): Promise<Map<string, MessageView[]>> {
  const latest = new Map<string, MessageView[]>();
  if (chats.length === 0) return latest;
  const wanted = sql<VisibleChat>`unnest(
    ${chats.map(({ chat_id }) => chat_id)}::uuid[],
    ${chats.map(({ visible_from_seq }) => visible_from_seq)}::bigint[],
    ${chats.map(({ last_seq }) => last_seq)}::bigint[])`;
  const rows = await tables
    .selectFrom(wanted.as<'w'>(sql`w(chat_id, visible_from_seq, last_seq)`))
    .innerJoinLateral(
      (inner) =>
        inner
          .selectFrom('messages')
          .selectAll()
          .whereRef('messages.chat_id', '=', 'w.chat_id')
          .whereRef('messages.seq', '>=', 'w.visible_from_seq')
          .whereRef('messages.seq', '<=', 'w.last_seq')
          .orderBy('messages.seq', 'desc')
          .limit(limit)
          .as('m'),
      (join) => join.onTrue(),
    )
    .leftJoin('message_reactions as r', (join) =>
      join.onRef('r.chat_id', '=', 'm.chat_id').onRef('r.seq', '=', 'm.seq').on('r.user_id', '=', userId),
    )
    .selectAll('m')
    .select('r.emoji as mine')
    .orderBy('m.chat_id')
    .orderBy('m.seq', 'desc')
    .execute();
  for (const row of rows)
    latest.set(row.chat_id, [...(latest.get(row.chat_id) ?? []), messageViewOf(row, nowMs)]);
  return latest;
}

/** What is due is shown as deleted, also when its tombstone is still to come. */
export function messageViewOf(row: SeenRow, nowMs: number): MessageView {
  const message = identityOf(row);
  const { chat_id, chat_pts, mine } = row;
  if (row.deleted_at_ms !== null || isDue(message, nowMs)) return tombstoneView(chat_id, chat_pts, message);
  const reactions = (row.reactions as ReactionCount[]).map(({ emoji, count }) => ({
    emoji,
    count,
    mine: emoji === mine,
  }));
  const content = row.content as Body['content'];
  const edited = row.edited_at_ms === null ? {} : { edited_at_ms: row.edited_at_ms };
  return messageView({ chat_id, chat_pts, message, content, reactions, ...edited });
}
