/** How users have their chats, in every build of `user_log`. Nobody has muted anything before it, so nothing is to be filled. */
import { sql, type Kysely } from 'kysely';
import { userLogV1Settings } from '../schemas/user-log-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'user_log' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(userLogV1Settings(schema)).execute(db);
}
