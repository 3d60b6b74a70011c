/** A version of a projection is begun by itself once; and one that was found not to be what the streams say is told to differ. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(versionsBegun).execute(db);
}

const versionsBegun = `
-- The newest version that was ever built.
alter table odnix.projections add column begun_version integer not null default 1;
update odnix.projections p set begun_version = (select max(version) from odnix.builds b where b.projection = p.name);

-- Since when it is known not to equal an independent fold; null: it is not known to.
alter table odnix.builds add column differs_since timestamptz;
`;
