/** What changed in a chat since a `chat_pts`: its messages by their versions. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('create index messages_by_version on chats_v1.messages (chat_id, chat_pts)').execute(db);
}
