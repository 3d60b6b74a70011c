/** One message, and what is kept of it beside its row. Whether the caller may see it is the caller's to decide. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { isDue } from '#domain/chat/due.js';
import type { Body, MessageEdited, MessageSent } from '#domain/chat/events.js';
import type { JudgedMessage } from '#domain/authority/authority.js';
import { loggedEvent } from './logged-event.js';
import type { ChatsTables } from './rows.js';

type Tables = Kysely<ChatsTables>;

interface OneMessage {
  readonly chat_id: string;
  readonly seq: number;
}

/** What there is to know of it to judge who may do something to it; null: there is none. */
export async function judgedMessage(
  tables: Tables,
  { chat_id, seq }: OneMessage,
  nowMs: number,
): Promise<JudgedMessage | null> {
  const row = await tables
    .selectFrom('messages')
    .select([
      'sender_id',
      'deleted_at_ms',
      'expires_at_ms',
      sql<string | null>`content ->> 'type'`.as('content_type'),
    ])
    .where('chat_id', '=', chat_id)
    .where('seq', '=', seq)
    .executeTakeFirst();
  if (!row) return null;
  const { sender_id, content_type, deleted_at_ms, expires_at_ms } = row;
  const deleted = deleted_at_ms !== null || (expires_at_ms !== null && isDue({ expires_at_ms }, nowMs));
  return { seq, message: { sender_id }, content_type: content_type ?? '', deleted };
}

export interface Reaction {
  readonly user_id: string;
  readonly emoji: string;
  readonly chat_pts: number;
  readonly at_ms: number;
}

interface ReactionsPage extends OneMessage {
  readonly emoji?: string | undefined;
  /** The `chat_pts` of the last one of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The latest first. When, tells the chat's log, from which nothing about reactions is ever deleted. */
export async function reactionsTo(
  tables: Tables,
  { chat_id, seq, emoji, before, limit }: ReactionsPage,
): Promise<readonly Reaction[]> {
  let query = tables
    .selectFrom('message_reactions as r')
    .innerJoin('chat_log as l', (join) =>
      join.onRef('l.chat_id', '=', 'r.chat_id').onRef('l.chat_pts', '=', 'r.chat_pts'),
    )
    .select(['r.user_id', 'r.emoji', 'r.chat_pts', 'l.occurred_at_ms as at_ms'])
    .where('r.chat_id', '=', chat_id)
    .where('r.seq', '=', seq);
  if (emoji !== undefined) query = query.where('r.emoji', '=', emoji);
  if (before !== undefined) query = query.where('r.chat_pts', '<', before);
  return query.orderBy('r.chat_pts', 'desc').limit(limit).execute();
}

export interface MessageVersion {
  readonly chat_pts: number;
  readonly date_ms: number;
  readonly content: Body['content'];
}

interface VersionsPage extends OneMessage {
  /** The `chat_pts` of the last one of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** In the order in which they were made; of a deleted message there is none. */
export async function versionsOf(
  tables: Tables,
  { chat_id, seq, after = 0, limit }: VersionsPage,
): Promise<readonly MessageVersion[]> {
  const rows = await tables
    .selectFrom('chat_log')
    .select(['chat_pts', 'event'])
    .where('chat_id', '=', chat_id)
    .where('seq', '=', seq)
    .where('type', 'in', ['MessageSent', 'MessageEdited'])
    .where('chat_pts', '>', after)
    .orderBy('chat_pts')
    .limit(limit)
    .execute();
  return rows.map(({ chat_pts, event }) =>
    versionOf(chat_pts, loggedEvent(event) as MessageSent | MessageEdited),
  );
}

function versionOf(chat_pts: number, { data }: MessageSent | MessageEdited): MessageVersion {
  const date_ms = 'edited_at_ms' in data ? data.edited_at_ms : data.message.date_ms;
  return { chat_pts, date_ms, content: data.body.content };
}

export interface Recipient {
  readonly user_id: string;
  /** When they first wrote something after it: sending moves one's own mark. Null: not yet. */
  readonly wrote_at_ms: number | null;
}

/** The members now, the sender excepted, who may see the message. For chats that are copied: they are bounded. */
export async function recipientsOf(
  tables: Tables,
  { chat_id, seq, sender_id }: OneMessage & { readonly sender_id: string },
): Promise<readonly Recipient[]> {
  return tables
    .selectFrom('members as m')
    .leftJoinLateral(
      (inner) =>
        inner
          .selectFrom('messages')
          .select('date_ms')
          .where('chat_id', '=', chat_id)
          .whereRef('sender_id', '=', 'm.user_id')
          .where('seq', '>', seq)
          .orderBy('seq')
          .limit(1)
          .as('w'),
      (join) => join.onTrue(),
    )
    .select(['m.user_id', 'w.date_ms as wrote_at_ms'])
    .where('m.chat_id', '=', chat_id)
    .where('m.removed_chat_pts', 'is', null)
    .where('m.visible_from_seq', '<=', seq)
    .where('m.user_id', '!=', sender_id)
    .execute();
}
