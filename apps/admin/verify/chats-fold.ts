/**
 * Chats as CHAT tells them, by what each row means rather than step by step: the last of something, the highest of
 * something. Events within a chat are ordered by `chat_pts`.
 */
import { columns, type ProjectionFold, type TableFold } from './table-fold.js';

/** `ChatCreated` told the description beside `chat` in its version 1, and tells it within since. */
const chats: TableFold = {
  table: 'chats',
  key: columns('chat_id uuid'),
  columns: columns(
    'kind text, title hidden, description hidden, photo_media_id text, ' +
      'created_at_ms bigint, member_count integer, last_seq bigint, ' +
      'last_message_date_ms bigint, chat_pts bigint, send_by text, add_members_by text, ' +
      'change_info_by text, history text',
  ),
  expected: `
    with told as (
      select distinct on (aggregate_id) aggregate_id, data->'chat' as chat from e
      where type in ('ChatCreated', 'MembersAdded') order by aggregate_id, chat_pts desc
    ), info as (
      select aggregate_id, (array_agg(tell->>'title' order by chat_pts desc) filter (where tell ? 'title'))[1] as title,
        (array_agg(tell->>'description' order by chat_pts desc) filter (where tell ? 'description'))[1] as description,
        (array_agg(tell->>'photo_media_id' order by chat_pts desc) filter (where tell ? 'photo_media_id'))[1]
          as photo_media_id,
        (array_agg(tell->'permissions' order by chat_pts desc) filter (where tell ? 'permissions'))[1] as permissions,
        (array_agg(tell->>'history' order by chat_pts desc) filter (where tell ? 'history'))[1] as history
      from (
        select aggregate_id, chat_pts, data->'chat' as tell from e where type in ('ChatCreated', 'MembersAdded')
        union all select aggregate_id, chat_pts, data from e where type in ('ChatCreated', 'ChatChanged')
      ) told group by aggregate_id
    ), counted as (
      select distinct on (aggregate_id) aggregate_id,
        coalesce(data->'chat'->>'member_count', data->>'member_count')::integer as member_count
      from e
      where type in ('ChatCreated', 'MembersAdded', 'MemberRemoved', 'RoleChanged', 'MemberBanned', 'MemberUnbanned')
      order by aggregate_id, chat_pts desc
    ), last_message as (
      select distinct on (aggregate_id) aggregate_id, about_seq, (data->'message'->>'date_ms')::bigint as date_ms
      from e where type in ('MessageSent', 'MessageEdited', 'Tombstoned')
      order by aggregate_id, about_seq desc, chat_pts desc
    ), whole as (
      select aggregate_id, max(chat_pts) as chat_pts, bool_or(type = 'BecameChannel') as is_channel from e
      group by aggregate_id
    )
    select w.aggregate_id as chat_id, case when is_channel then 'channel' else chat->>'kind' end as kind,
      title, description, photo_media_id, coalesce(history, 'joined') as history,
      coalesce(permissions->>'send', 'member') as send_by,
      coalesce(permissions->>'add_members', 'admin') as add_members_by,
      coalesce(permissions->>'change_info', 'admin') as change_info_by,
      chat->>'created_at_ms' as created_at_ms, member_count,
      greatest(about_seq, (chat->>'last_seq')::bigint) as last_seq,
      coalesce(date_ms, (chat->>'created_at_ms')::bigint) as last_message_date_ms, chat_pts
    from whole w left join told using (aggregate_id) left join info using (aggregate_id) left join counted using (aggregate_id)
      left join last_message using (aggregate_id)`,
  decidedBy: { from: 'e', where: 's.aggregate_id = k.chat_id::text' },
};

const members: TableFold = {
  table: 'members',
  key: columns('chat_id uuid, user_id uuid'),
  columns: columns('role text, joined_at_ms bigint, visible_from_seq bigint, removed_chat_pts bigint'),
  expected: `
    with added as (
      select aggregate_id, chat_pts, m->>'user_id' as user_id, m->>'role' as role,
        m->>'joined_at_ms' as joined_at_ms, m->>'visible_from_seq' as visible_from_seq
      from e, jsonb_array_elements(coalesce(data->'members', data->'added')) m
      where type in ('ChatCreated', 'MembersAdded')
    ), last_added as (
      select distinct on (aggregate_id, user_id) * from added order by aggregate_id, user_id, chat_pts desc
    ), role as (
      select distinct on (aggregate_id, user_id) aggregate_id, user_id, role from (
        select aggregate_id, user_id, role, chat_pts from added union all
        select aggregate_id, data->>'user_id', data->>'role', chat_pts from e where type = 'RoleChanged'
      ) given order by aggregate_id, user_id, chat_pts desc
    ), removed as (
      select aggregate_id, data->>'user_id' as user_id, max(chat_pts) as removed_chat_pts
      from e where type = 'MemberRemoved' group by 1, 2
    )
    select a.aggregate_id as chat_id, a.user_id, r.role, joined_at_ms, visible_from_seq,
      case when removed_chat_pts > a.chat_pts then removed_chat_pts end as removed_chat_pts
    from last_added a join role r using (aggregate_id, user_id) left join removed using (aggregate_id, user_id)`,
  decidedBy: {
    from: 'e',
    where: `s.aggregate_id = k.chat_id::text and (s.data->>'user_id' = k.user_id::text
      or coalesce(s.data->'members', s.data->'added') @> jsonb_build_array(jsonb_build_object('user_id', k.user_id)))
      and s.type in ('ChatCreated', 'MembersAdded', 'MemberRemoved', 'RoleChanged')`,
  },
};

const bans: TableFold = {
  table: 'bans',
  key: columns('chat_id uuid, user_id uuid'),
  columns: columns('banned_by uuid, banned_at_ms bigint'),
  expected: `
    select aggregate_id as chat_id, user_id, banned_by, banned_at_ms from (
      select distinct on (aggregate_id, data->>'user_id') aggregate_id, data->>'user_id' as user_id,
        data->>'by' as banned_by, occurred_at_ms as banned_at_ms, type
      from e where type in ('MemberBanned', 'MemberUnbanned')
      order by aggregate_id, data->>'user_id', chat_pts desc
    ) last where type = 'MemberBanned'`,
  decidedBy: {
    from: 'e',
    where: `s.aggregate_id = k.chat_id::text and s.data->>'user_id' = k.user_id::text
      and s.type in ('MemberBanned', 'MemberUnbanned')`,
  },
};

const calls: TableFold = {
  table: 'calls',
  key: columns('chat_id uuid'),
  columns: columns(
    'call_id uuid, kind text, state text, caller_id uuid, caller_device_id uuid, callee_id uuid, ' +
      'callee_device_id uuid, requested_at_ms bigint, accepted_at_ms bigint, expires_at_ms bigint',
  ),
  expected: `
    select aggregate_id as chat_id, data->>'call_id' as call_id, data->>'kind' as kind, data->>'state' as state,
      data->>'caller_id' as caller_id, data->>'caller_device_id' as caller_device_id,
      data->>'callee_id' as callee_id, data->>'callee_device_id' as callee_device_id,
      data->>'requested_at_ms' as requested_at_ms, data->>'accepted_at_ms' as accepted_at_ms,
      data->>'expires_at_ms' as expires_at_ms
    from (
      select distinct on (aggregate_id) aggregate_id, data from e
      where type = 'CallChanged' order by aggregate_id, chat_pts desc
    ) last where data->>'state' <> 'discarded'`,
  decidedBy: { from: 'e', where: `s.aggregate_id = k.chat_id::text and s.type = 'CallChanged'` },
};

const aboutMessage = 's.aggregate_id = k.chat_id::text and s.about_seq = k.seq';
const no_reactions = `md5('[]')`;

const messages: TableFold = {
  table: 'messages',
  key: columns('chat_id uuid, seq bigint'),
  columns: columns(
    'chat_pts bigint, sent_chat_pts bigint, client_msg_id uuid, sender_id uuid, ' +
      'sender_device_id uuid, date_ms bigint, content hidden, salt hidden, commitment text, ' +
      'reply_to_seq bigint, expires_at_ms bigint, edited_at_ms bigint, deleted_by uuid, ' +
      'deleted_at_ms bigint, reactions hidden',
  ),
  expected: `
    with told as (
      select distinct on (aggregate_id, about_seq) aggregate_id, about_seq, chat_pts, data,
        type = 'Tombstoned' as is_deleted, data->'message' as m, data->'body' as body
      from e where type in ('MessageSent', 'MessageEdited', 'Tombstoned')
      order by aggregate_id, about_seq, chat_pts desc
    ), sent as (
      select aggregate_id, about_seq, chat_pts as sent_chat_pts from e where type = 'MessageSent'
    ), reacted as (
      select distinct on (aggregate_id, about_seq) aggregate_id, about_seq, chat_pts as reacted_pts,
        data->>'reactions' as reactions
      from e where type = 'ReactionSet' order by aggregate_id, about_seq, chat_pts desc
    )
    select aggregate_id as chat_id, about_seq as seq,
      case when is_deleted then chat_pts else greatest(chat_pts, reacted_pts) end as chat_pts,
      case when is_deleted then (data->>'sent_chat_pts')::bigint else sent_chat_pts end as sent_chat_pts,
      m->>'client_msg_id' as client_msg_id, m->>'sender_id' as sender_id,
      m->>'sender_device_id' as sender_device_id, m->>'date_ms' as date_ms,
      body->>'content' as content, body->>'salt' as salt, body->>'commitment' as commitment,
      m->>'reply_to_seq' as reply_to_seq, m->>'expires_at_ms' as expires_at_ms,
      data->>'edited_at_ms' as edited_at_ms, data->>'deleted_by' as deleted_by,
      data->>'deleted_at_ms' as deleted_at_ms,
      case when is_deleted then ${no_reactions} when reacted_pts > chat_pts then r.reactions
        else coalesce(data->>'reactions', ${no_reactions}) end as reactions
    from told left join sent using (aggregate_id, about_seq) left join reacted r using (aggregate_id, about_seq)`,
  decidedBy: { from: 'e', where: aboutMessage },
};

const reactions: TableFold = {
  table: 'message_reactions',
  key: columns('chat_id uuid, seq bigint, user_id uuid'),
  columns: columns('emoji hidden, chat_pts bigint'),
  expected: `
    with last as (
      select distinct on (aggregate_id, about_seq, data->>'user_id') aggregate_id, about_seq, data, chat_pts
      from e where type = 'ReactionSet' order by aggregate_id, about_seq, data->>'user_id', chat_pts desc
    )
    select aggregate_id as chat_id, about_seq as seq, data->>'user_id' as user_id, data->>'emoji' as emoji, chat_pts
    from last l where data->>'emoji' is not null and not exists (
      select from e t where t.type = 'Tombstoned' and t.aggregate_id = l.aggregate_id and t.about_seq = l.about_seq
    )`,
  decidedBy: {
    from: 'e',
    where: `${aboutMessage} and (s.type = 'Tombstoned' or s.type = 'ReactionSet' and s.data->>'user_id' = k.user_id::text)`,
  },
};

const log: TableFold = {
  table: 'chat_log',
  key: columns('chat_id uuid, chat_pts bigint'),
  columns: columns(
    'type text, seq bigint, occurred_at_ms bigint, event hidden, source_stream text, ' +
      'source_sequence bigint, source_index integer',
  ),
  expected: `
    select aggregate_id as chat_id, chat_pts, type, about_seq as seq, occurred_at_ms, digest as event,
      stream as source_stream, sequence as source_sequence, index as source_index
    from e where not (type in ('MessageSent', 'MessageEdited') and exists (
      select from e t where t.type = 'Tombstoned' and t.aggregate_id = e.aggregate_id and t.about_seq = e.about_seq
    ))`,
  decidedBy: { from: 'e', where: 's.aggregate_id = k.chat_id::text and s.chat_pts = k.chat_pts' },
};

export const chatsFold: ProjectionFold = {
  projection: 'chats',
  version: 1,
  family: 'CHAT',
  tables: [chats, members, bans, calls, messages, reactions, log],
};

export const requestIdsFold: ProjectionFold = {
  projection: 'request_ids',
  version: 1,
  family: 'CHAT',
  tables: [
    {
      table: 'request_ids',
      key: columns('user_id uuid, aggregate_id uuid, request_id uuid'),
      columns: columns('request_hash text, stream text, sequence bigint, decision_id uuid'),
      expected: `
        select distinct on (user_id, aggregate_id, request_id)
          user_id, aggregate_id, request_id, request_hash, stream, sequence, decision_id
        from r order by user_id, aggregate_id, request_id, request_hash = '' desc, sequence`,
      // The key of an erased edit goes with its decision; that nothing else is missing there is looked at apart.
      isErased: 't.stream = g.stream and t.sequence between g.first and g.last',
      decidedBy: {
        from: 'r',
        where: `s.user_id = k.user_id::text and s.aggregate_id = k.aggregate_id::text
          and s.request_id = k.request_id::text`,
      },
    },
  ],
};
