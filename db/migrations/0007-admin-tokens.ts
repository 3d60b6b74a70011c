/** Who may ask the admin API what: hashes of tokens, and where wrong ones came from. */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(adminTokens).execute(db);
}

const adminTokens = `
-- The id is part of the token and no secret; the hash is of the whole token.
create table ops.admin_tokens (
  token_id text primary key,
  token_hash text not null,
  name text not null,
  role text not null check (role in ('auditor', 'operator')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index on ops.admin_tokens (name);

-- Wrong tokens by the address they came from, in a window that starts with the first of them.
create table ops.admin_token_failures (
  address text primary key,
  failures integer not null default 1,
  window_ends_at timestamptz not null
);
create index on ops.admin_token_failures (window_ends_at);
`;
