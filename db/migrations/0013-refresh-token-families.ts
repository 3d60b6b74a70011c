/** A device is one row of refresh tokens, however often it comes; nobody is signed out by the change. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(families).execute(db);
}

const families = `
alter table ops.refresh_tokens rename to refresh_tokens_before;

create table ops.refresh_tokens (
  device_id uuid primary key,
  user_id uuid not null,
  -- Of the part that all tokens of the device begin with.
  family_hash text not null unique,
  token_hash text not null,
  -- Those that replace it, the latest first: until one of them was used its answer may have been lost.
  successors text[] not null default '{}',
  -- When the device last got tokens: it was active then.
  issued_at timestamptz not null default now()
);
create index on ops.refresh_tokens (user_id);
create index on ops.refresh_tokens (issued_at);

-- A token from before has no parts: it is its own family.
insert into ops.refresh_tokens (device_id, user_id, family_hash, token_hash)
select distinct on (device_id) device_id, user_id, token_hash, token_hash from ops.refresh_tokens_before
where spent_at is null and expires_at > now() order by device_id, expires_at desc;

drop table ops.refresh_tokens_before;
`;
