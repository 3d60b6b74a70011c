/**
 * What people have deleted for themselves, in every build of `accounts`, and the messages that are to expire, by when, in every
 * build of `chats`. There were neither before it, so nothing is to be filled.
 */
import { sql, type Kysely } from 'kysely';
import { accountsV1Hidden } from '../schemas/accounts-v1.js';
import { chatsV1Expiring } from '../schemas/chats-v1.js';

const added = [
  ['accounts', accountsV1Hidden],
  ['chats', chatsV1Expiring],
] as const;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [projection, statements] of added) {
    const { rows } = await sql<{ schema: string }>`
      select schema from odnix.builds where projection = ${projection} and version = 1`.execute(db);
    for (const { schema } of rows) await sql.raw(statements(schema)).execute(db);
  }
}
