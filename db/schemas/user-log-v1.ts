import { hashPartitions } from './hash-partitions.js';

/** Folded from USER: the log's entries, and what they add up to for their owner. */
export const userLogV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.user_log (
  user_id uuid not null,
  pts bigint not null,
  -- The entry's place in its USER stream.
  sequence bigint not null,
  kind text not null,
  date_ms bigint not null,
  source_stream text not null,
  source_sequence bigint not null,
  source_index integer not null,
  chat_id uuid,
  chat_pts bigint,
  seq bigint,
  "values" json,
  commitment text,
  hash text not null,
  primary key (user_id, pts)
) partition by hash (user_id);
${hashPartitions(schema, 'user_log')}

-- The log's head, and the highest place of every source stream that it tells of: {stream: sequence}.
create table ${schema}.user_heads (
  user_id uuid primary key,
  pts bigint not null,
  hash text not null,
  sequence bigint not null,
  date_ms bigint not null,
  sources json not null
) with (fillfactor = 70);

-- The user's chats of now: a chat that the user left has no row.
create table ${schema}.user_chats (
  user_id uuid not null,
  chat_id uuid not null,
  -- The chat's last event of which this log tells.
  chat_pts bigint not null,
  role text not null,
  visible_from_seq bigint not null,
  read_seq bigint not null,
  read_outbox_seq bigint not null,
  delivered_outbox_seq bigint not null,
  -- The entry by which the user came into the chat: an order that stands still while people write.
  joined_pts bigint not null,
  primary key (user_id, chat_id)
) with (fillfactor = 70);
create index user_chats_by_joining on ${schema}.user_chats (user_id, joined_pts);

-- How far the writer of a USER stream has read a source, as far as its stream tells.
create table ${schema}.timeline_positions (
  user_stream text not null,
  source_stream text not null,
  sequence bigint not null,
  primary key (user_stream, source_stream)
) with (fillfactor = 50);
`;

/** How the user has the chat. */
export const userLogV1Settings = (schema: string): string => `
alter table ${schema}.user_chats
  -- Null: not muted.
  add column muted_until_ms bigint,
  add column archived boolean not null default false,
  add column pinned boolean not null default false;
create index user_chats_archived on ${schema}.user_chats (user_id) where archived;
`;
