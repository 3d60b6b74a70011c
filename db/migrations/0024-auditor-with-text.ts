/** An auditor who may look at what people wrote. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table ops.admin_tokens
      drop constraint admin_tokens_role_check,
      add constraint admin_tokens_role_check check (role in ('auditor', 'auditor-with-text', 'operator'))
  `.execute(db);
}
