/**
 * Contacts, what people say of themselves and who may see what of them, in every build of `accounts`. Nobody has changed any of it
 * before, so nothing is to be filled.
 */
import { sql, type Kysely } from 'kysely';
import { accountsV1People } from '../schemas/accounts-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'accounts' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(accountsV1People(schema)).execute(db);
}
