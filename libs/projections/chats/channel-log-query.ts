/** A chat's own log, number by number. */
import type { Kysely } from 'kysely';
import type { ChatEvent } from '#domain/chat/events.js';
import type { Tombstone } from '#domain/user-log/render.js';
import { loggedEvent } from './logged-event.js';
import { identityOf } from './message-identity.js';
import type { ChatsTables } from './rows.js';

export interface NumberedEvent {
  readonly chat_pts: number;
  /** Null: it was about a message that is deleted, and is gone with it. */
  readonly event: ChatEvent | null;
  readonly date_ms: number;
  /** Of an event that is gone: what is left of the message whose sending it was; absent when it was an edit. */
  readonly tombstone?: Tombstone;
}

/** Every number after `after` up to `upTo`, ascending; `upTo` is at most the chat's own chat_pts. */
export async function eventsBetween(
  tables: Kysely<ChatsTables>,
  chatId: string,
  after: number,
  upTo: number,
): Promise<readonly NumberedEvent[]> {
  const rows = await tables
    .selectFrom('chat_log')
    .select(['chat_pts', 'event', 'occurred_at_ms'])
    .where('chat_id', '=', chatId)
    .where('chat_pts', '>', after)
    .where('chat_pts', '<=', upTo)
    .execute();
  const found = new Map(rows.map((row) => [row.chat_pts, row]));
  const isWhole = found.size === upTo - after;
  const deleted = isWhole ? new Map<number, Tombstone>() : await deletedSince(tables, chatId, after, upTo);
  return Array.from({ length: upTo - after }, (_, index) => {
    const chat_pts = after + 1 + index;
    const row = found.get(chat_pts);
    if (row) return { chat_pts, event: loggedEvent(row.event), date_ms: row.occurred_at_ms };
    const tombstone = deleted.get(chat_pts);
    return { chat_pts, event: null, date_ms: 0, ...(tombstone ? { tombstone } : {}) };
  });
}

/** By the number of their sending. */
async function deletedSince(
  tables: Kysely<ChatsTables>,
  chatId: string,
  after: number,
  upTo: number,
): Promise<Map<number, Tombstone>> {
  const rows = await tables
    .selectFrom('messages')
    .select(['seq', 'chat_pts', 'sent_chat_pts', 'client_msg_id', 'sender_id', 'sender_device_id'])
    .select(['date_ms', 'reply_to_seq', 'expires_at_ms'])
    .where('chat_id', '=', chatId)
    .where('deleted_at_ms', 'is not', null)
    .where('sent_chat_pts', '>', after)
    .where('sent_chat_pts', '<=', upTo)
    .execute();
  return new Map(
    rows.map((row) => [row.sent_chat_pts!, { chat_pts: row.chat_pts, data: { message: identityOf(row) } }]),
  );
}
