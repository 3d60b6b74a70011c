/**
 * What is neither events nor projections (schema `ops`): hashes of one-time codes and refresh tokens, and the limit of
 * code requests. Each change is one atomic statement; this schema is backed up, because nothing rebuilds it.
 */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ops).execute(db);
}

const ops = `
create schema ops;

-- One code a phone: asking again replaces it.
create table ops.one_time_codes (
  phone_hash text primary key,
  code_hash text not null,
  attempts integer not null default 0,
  expires_at timestamptz not null
);
create index on ops.one_time_codes (expires_at);

-- Requests for codes by phone, in a window that starts with the first of them.
create table ops.code_requests (
  phone_hash text primary key,
  requests integer not null default 1,
  window_ends_at timestamptz not null
);
create index on ops.code_requests (window_ends_at);

-- A device's refresh tokens. A token is spent once the pair that replaced it was used; until then the answer that
-- brought the new pair may have been lost, and the token may be used again.
create table ops.refresh_tokens (
  token_hash text primary key,
  user_id uuid not null,
  device_id uuid not null,
  replaces text,
  spent_at timestamptz,
  expires_at timestamptz not null
);
create index on ops.refresh_tokens (device_id);
create index on ops.refresh_tokens (replaces);
create index on ops.refresh_tokens (expires_at);
`;
