/** Folded from ACCOUNT. */
export const accountsV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.accounts (
  user_id uuid primary key,
  display_name text not null,
  phone_hash text not null unique,
  registered_at_ms bigint not null
);

create table ${schema}.devices (
  device_id uuid not null,
  user_id uuid not null,
  name text not null,
  type text not null,
  added_at_ms bigint not null,
  -- Null while the device is signed in.
  revoked_at_ms bigint,
  revoked_reason text,
  primary key (user_id, device_id)
);
`;

/** Since 0012. */
export const accountsV1Failures = (schema: string): string => `
create table ${schema}.sign_in_failures (
  user_id uuid not null,
  at_ms bigint not null,
  cause text not null,
  network_hash text not null,
  primary key (user_id, at_ms)
);
`;

/** Whom they have blocked. Since 0014. */
export const accountsV1Blocks = (schema: string): string => `
create table ${schema}.blocks (
  user_id uuid not null,
  other_id uuid not null,
  blocked_at_ms bigint not null,
  primary key (user_id, other_id)
);
`;

/** What they say of themselves, who may see what of them, and whom they call what. Since 0018. */
export const accountsV1People = (schema: string): string => `
alter table ${schema}.accounts
  add column about text,
  add column last_seen text not null default 'everybody';
create table ${schema}.contacts (
  user_id uuid not null,
  other_id uuid not null,
  -- Empty: by their own name.
  nickname text not null,
  primary key (user_id, other_id)
);
`;

/** What they have deleted for themselves, for ever. Since 0019. */
export const accountsV1Hidden = (schema: string): string => `
create table ${schema}.hidden_messages (
  user_id uuid not null,
  chat_id uuid not null,
  seq bigint not null,
  primary key (user_id, chat_id, seq)
);
`;
