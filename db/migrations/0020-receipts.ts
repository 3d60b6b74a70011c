/** Who has read which message, and when: a read model of its own, live from the start, and the way to each person's messages. */
import { sql, type Kysely } from 'kysely';
import { chatsV1BySender } from '../schemas/chats-v1.js';
import { receiptsV1 } from '../schemas/receipts-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(receiptsV1('receipts_v1') + receipts).execute(db);
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'chats' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(chatsV1BySender(schema)).execute(db);
}

const receipts = `
-- The two name each other.
alter table odnix.projections alter column live_schema drop not null;
insert into odnix.projections (name) values ('receipts');
insert into odnix.builds (schema, projection, version, first_read_at) values ('receipts_v1', 'receipts', 1, now());
update odnix.projections set live_schema = 'receipts_v1' where name = 'receipts';
alter table odnix.projections alter column live_schema set not null;
`;
