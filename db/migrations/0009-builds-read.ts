/** A build that was read once and is neither read nor kept any more is not one that is being filled. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(buildsRead).execute(db);
}

const buildsRead = `
-- When queries first read it; null: never yet.
alter table odnix.builds add column first_read_at timestamptz;
update odnix.builds b set first_read_at = b.begun_at
where exists (select from odnix.projections p where b.schema in (p.live_schema, p.previous_schema));
`;
