/** Permissions, history and bans of chats, in every build of `chats`. Nothing of it was changed before, so nothing is to be filled. */
import { sql, type Kysely } from 'kysely';
import { chatsV1Rules } from '../schemas/chats-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'chats' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(chatsV1Rules(schema)).execute(db);
}
