/**
 * What changed in a chat since a `chat_pts`: its messages by their versions, and the deleted ones by the numbers that are
 * missing in its log.
 */
import { sql, type Kysely } from 'kysely';
import { chatsV1Changes } from '../schemas/chats-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(chatsV1Changes('chats_v1')).execute(db);
}
