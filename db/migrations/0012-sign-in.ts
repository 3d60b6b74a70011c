/** Codes by who asked for them, limits by whatever they count, QR sign-ins, and sign-ins that failed (docs/adr/0030). */
import { sql, type Kysely } from 'kysely';
import { accountsV1Failures } from '../schemas/accounts-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(signIn).execute(db);
  const { rows } = await sql<{ schema: string }>`
    select schema from odnix.builds where projection = 'accounts' and version = 1`.execute(db);
  for (const { schema } of rows) await sql.raw(accountsV1Failures(schema)).execute(db);
}

const signIn = `
-- What they hold is good for minutes: whoever is signing in meanwhile asks for another code.
drop table ops.one_time_codes;
drop table ops.code_requests;

create table ops.one_time_codes (
  phone_hash text not null,
  -- Whom it answers: an installation (a keyed hash), 'unnamed' for those that gave no name, 'anybody' for long codes.
  answers text not null,
  code_hash text not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (phone_hash, answers)
);
create index on ops.one_time_codes (expires_at);

-- How often something was done, in a window that starts with the first time. What it was, and by whom, is a keyed hash.
create table ops.sign_in_counts (
  counted text primary key,
  taken integer not null default 1,
  window_ends_at timestamptz not null
);
create index on ops.sign_in_counts (window_ends_at);

create table ops.qr_sign_ins (
  token_hash text primary key,
  -- The installation or the network that it was made for, as a keyed hash: nobody else gets an answer.
  bound_to text not null,
  -- The one that made it can name itself, and may then be answered again when its answer was lost.
  is_installation boolean not null,
  device_id uuid not null,
  device_name text not null,
  device_type text not null check (device_type in ('mobile', 'web', 'desktop')),
  accepted_by_user uuid,
  accepted_by_device uuid,
  answered_at timestamptz,
  expires_at timestamptz not null
);
create index on ops.qr_sign_ins (expires_at);
`;
