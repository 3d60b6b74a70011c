/**
 * What changed in a chat since a `chat_pts`: its messages by their versions, and the deleted ones by the numbers that are
 * missing in its log.
 */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(indexes).execute(db);
}

const indexes = `
create index messages_by_version on chats_v1.messages (chat_id, chat_pts);
create index messages_deleted on chats_v1.messages (chat_id, sent_chat_pts) where deleted_at_ms is not null;
`;
