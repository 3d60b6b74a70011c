import { hashPartitions } from './hash-partitions.js';

/**
 * Folded from CHAT. `chats.chat_pts` is the chat's last folded event, so a replay is told at once. What is about a deleted
 * message goes with it (its log rows, its reactions, its body), so that nothing remains and a rebuild after the erasure
 * of its decisions equals the live tables.
 *
 * Contents and events are `json`, not `jsonb`: people may send any code unit, and jsonb refuses some (U+0000, lone
 * surrogates); one such message must not stop the fold.
 */
export const chatsV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.chats (
  chat_id uuid primary key,
  kind text not null,
  title text,
  description text,
  photo_media_id text,
  created_at_ms bigint not null,
  member_count integer not null,
  last_seq bigint not null,
  -- Of the last message; before the first one, of the creation.
  last_message_date_ms bigint not null,
  chat_pts bigint not null
);

create table ${schema}.members (
  chat_id uuid not null,
  user_id uuid not null,
  role text not null,
  joined_at_ms bigint not null,
  visible_from_seq bigint not null,
  -- Null while the person is a member.
  removed_chat_pts bigint,
  primary key (chat_id, user_id)
);
create index members_by_user on ${schema}.members (user_id) where removed_chat_pts is null;

create table ${schema}.messages (
  chat_id uuid not null,
  seq bigint not null,
  -- The version: the last event that changed this message.
  chat_pts bigint not null,
  sent_chat_pts bigint,
  client_msg_id uuid not null,
  sender_id uuid not null,
  sender_device_id uuid,
  date_ms bigint not null,
  -- Null when deleted.
  content json,
  salt text,
  commitment text,
  reply_to_seq bigint,
  expires_at_ms bigint,
  edited_at_ms bigint,
  deleted_by uuid,
  deleted_at_ms bigint,
  -- All counts, as the last event told them: [{emoji, count}].
  reactions json not null,
  primary key (chat_id, seq)
) partition by hash (chat_id);
${hashPartitions(schema, 'messages')}

-- One row a person and message at most.
create table ${schema}.message_reactions (
  chat_id uuid not null,
  seq bigint not null,
  user_id uuid not null,
  emoji text not null,
  chat_pts bigint not null,
  primary key (chat_id, seq, user_id)
) partition by hash (chat_id);
${hashPartitions(schema, 'message_reactions')}

-- Every event of every chat. A chat_pts that is not here belongs to a deleted message: see messages.
create table ${schema}.chat_log (
  chat_id uuid not null,
  chat_pts bigint not null,
  type text not null,
  -- The message it is about, null for events about the chat.
  seq bigint,
  occurred_at_ms bigint not null,
  event json not null,
  source_stream text not null,
  source_sequence bigint not null,
  source_index integer not null,
  primary key (chat_id, chat_pts)
) partition by hash (chat_id);
${hashPartitions(schema, 'chat_log')}
create index chat_log_bodies on ${schema}.chat_log (chat_id, seq) where type in ('MessageSent', 'MessageEdited');
`;

/** By version, and the deleted ones by the numbers that are missing in the chat's log. */
export const chatsV1Changes = (schema: string): string => `
create index messages_by_version on ${schema}.messages (chat_id, chat_pts);
create index messages_deleted on ${schema}.messages (chat_id, sent_chat_pts) where deleted_at_ms is not null;
`;

/** Each person's messages in a chat: sending moves the sender's own mark. */
export const chatsV1BySender = (schema: string): string => `
create index messages_by_sender on ${schema}.messages (chat_id, sender_id, seq);
`;

/** The planner's statistics hold samples of columns: a salt must not outlive its message there. */
export const chatsV1NoSamples = (schema: string): string => `
alter table ${schema}.messages alter column salt set statistics 0;
`;

/** Who may what, what newcomers see, and who may not come in. Since 0016. */
export const chatsV1Rules = (schema: string): string => `
alter table ${schema}.chats
  -- From that role up.
  add column send_by text not null default 'member',
  add column add_members_by text not null default 'admin',
  add column change_info_by text not null default 'admin',
  -- What those who join see of before: joined (nothing) or all.
  add column history text not null default 'joined';

create table ${schema}.bans (
  chat_id uuid not null,
  user_id uuid not null,
  banned_by uuid not null,
  banned_at_ms bigint not null,
  primary key (chat_id, user_id)
);
`;

/** Those that are to go by themselves and have not gone yet, by when. Since 0019. */
export const chatsV1Expiring = (schema: string): string => `
create index messages_expiring on ${schema}.messages (expires_at_ms, chat_id, seq)
  where expires_at_ms is not null and deleted_at_ms is null;
`;

/** Calls that are going on, one a chat, and by when they end by themselves. Since 0022. */
export const chatsV1Calls = (schema: string): string => `
create table ${schema}.calls (
  chat_id uuid primary key,
  call_id uuid not null,
  kind text not null,
  state text not null,
  caller_id uuid not null,
  caller_device_id uuid not null,
  callee_id uuid not null,
  -- Null while it rings.
  callee_device_id uuid,
  requested_at_ms bigint not null,
  accepted_at_ms bigint,
  expires_at_ms bigint not null
);
create index calls_expiring on ${schema}.calls (expires_at_ms);
`;
