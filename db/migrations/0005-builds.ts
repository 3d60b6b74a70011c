/** A projection's version may be filled several times: each build has a schema of its own (docs/adr/0021). */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(builds).execute(db);
}

const builds = `
-- Whatever stands here is folded by every projector that knows its version.
create table odnix.builds (
  schema text primary key,
  projection text not null references odnix.projections (name),
  version integer not null,
  begun_at timestamptz not null default now(),
  -- When it was last found to equal an independent fold.
  verified_at timestamptz
);
insert into odnix.builds (schema, projection, version)
select name || '_v' || live_version, name, live_version from odnix.projections;

-- The build that queries read, and the one that they read before: it is folded on, to go back to.
alter table odnix.projections
  add column live_schema text references odnix.builds (schema),
  add column previous_schema text references odnix.builds (schema);
update odnix.projections set live_schema = name || '_v' || live_version;
alter table odnix.projections alter column live_schema set not null, drop column live_version;

alter table odnix.checkpoints add column schema text;
update odnix.checkpoints set schema = projection || '_v' || version;
delete from odnix.checkpoints c where not exists (select from odnix.builds b where b.schema = c.schema);
alter table odnix.checkpoints drop column projection, drop column version;
alter table odnix.checkpoints
  add primary key (schema, stream),
  add foreign key (schema) references odnix.builds (schema) on delete cascade;
`;
