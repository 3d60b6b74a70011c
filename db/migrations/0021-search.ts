/** The read model that messages are found by. It is live from the start, and shows what projectors have folded of the streams. */
import { sql, type Kysely } from 'kysely';
import { searchV1 } from '../schemas/search-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(searchV1('search_v1')).execute(db);
  await sql.raw(search).execute(db);
}

const search = `
-- The two name each other.
alter table odnix.projections alter column live_schema drop not null;
insert into odnix.projections (name) values ('search');
insert into odnix.builds (schema, projection, version, first_read_at) values ('search_v1', 'search', 1, now());
update odnix.projections set live_schema = 'search_v1' where name = 'search';
alter table odnix.projections alter column live_schema set not null;
`;
