/** Calls that are going on, in every build of `chats`. There were none before it, so nothing is to be filled. */
import { sql, type Kysely } from 'kysely';
import { chatsV1Calls } from '../schemas/chats-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'chats' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(chatsV1Calls(schema)).execute(db);
}
