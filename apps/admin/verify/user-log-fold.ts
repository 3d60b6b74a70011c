/** Users' logs as USER tells them, and what each log says of its owner's chats. */
import { columns, type ProjectionFold, type TableFold } from './table-fold.js';

const ofUser = 's.user_id = k.user_id::text';

const log: TableFold = {
  table: 'user_log',
  key: columns('user_id uuid, pts bigint'),
  columns: columns(
    'sequence bigint, kind text, date_ms bigint, source_stream text, ' +
      'source_sequence bigint, source_index integer, chat_id uuid, chat_pts bigint, ' +
      'seq bigint, values hidden, commitment text, hash text',
  ),
  expected: `
    select user_id, pts, sequence, kind, date_ms, source_stream, source_sequence, source_index, chat_id, chat_pts, seq,
      values_digest as "values", commitment, hash from n`,
  decidedBy: { from: 'n', where: `${ofUser} and s.pts = k.pts` },
};

const heads: TableFold = {
  table: 'user_heads',
  key: columns('user_id uuid'),
  columns: [
    ...columns('pts bigint, hash text, sequence bigint, date_ms bigint'),
    { name: 'sources', type: 'text', live: 'sources::jsonb::text' },
  ],
  expected: `
    with head as (
      select distinct on (user_id) user_id, pts, hash, sequence, date_ms from n order by user_id, pts desc
    ), source as (
      select user_id, source_stream, max(source_sequence) as sequence from n group by 1, 2
    )
    select h.*, s.sources from head h join (
      select user_id, jsonb_object_agg(source_stream, sequence)::text as sources from source group by 1
    ) s using (user_id)`,
  decidedBy: { from: 'n', where: ofUser },
};

const own_cursors = `('read.inbox', 'read.outbox', 'delivered.outbox', 'chat.settings', 'messages.hidden')`;
const settings = `(array_agg("values" order by pts desc) filter (where kind = 'chat.settings'))[1]`;

const userChats: TableFold = {
  table: 'user_chats',
  key: columns('user_id uuid, chat_id uuid'),
  columns: columns(
    'chat_pts bigint, role text, visible_from_seq bigint, read_seq bigint, ' +
      'read_outbox_seq bigint, delivered_outbox_seq bigint, joined_pts bigint, ' +
      'muted_until_ms bigint, archived boolean, pinned boolean',
  ),
  // Everything counts from the first time of coming after the last time of leaving.
  expected: `
    with about as (
      select *, max(pts) filter (where kind = 'chat.removed') over (partition by user_id, chat_id) as left_pts
      from n where chat_id is not null
    ), stay as (
      select user_id, chat_id, min(pts) as joined_pts from about
      where kind = 'chat.new' and pts > coalesce(left_pts, 0) group by 1, 2
    ), during as (
      select a.*, s.joined_pts, kind in ${own_cursors} as is_cursor,
        case when kind = 'chat.new' then coalesce("values"->>'role', 'member')
          when kind not in ${own_cursors} then "values"->>'role' end as role
      from about a join stay s using (user_id, chat_id) where pts >= s.joined_pts
    )
    select user_id, chat_id, max(coalesce(chat_pts, 0)) filter (where not is_cursor) as chat_pts,
      (array_agg(role order by pts desc) filter (where role is not null))[1] as role,
      coalesce((array_agg(("values"->>'visible_from_seq')::bigint order by pts desc)
        filter (where kind = 'chat.new'))[1], 1) as visible_from_seq,
      greatest(0, max(seq) filter (where kind = 'read.inbox'),
        max(("values"->>'read_seq')::bigint) filter (where not is_cursor)) as read_seq,
      coalesce(max(seq) filter (where kind = 'read.outbox'), 0) as read_outbox_seq,
      coalesce(max(seq) filter (where kind = 'delivered.outbox'), 0) as delivered_outbox_seq,
      min(joined_pts) as joined_pts, (${settings}->>'muted_until_ms')::bigint as muted_until_ms,
      coalesce((${settings}->>'archived')::boolean, false) as archived,
      coalesce((${settings}->>'pinned')::boolean, false) as pinned
    from during group by user_id, chat_id`,
  decidedBy: { from: 'n', where: `${ofUser} and s.chat_id = k.chat_id::text` },
};

const positions: TableFold = {
  table: 'timeline_positions',
  key: columns('user_stream text, source_stream text'),
  columns: columns('sequence bigint'),
  expected: `
    select user_stream, source_stream, max(sequence) as sequence from (
      select stream as user_stream, source_stream, source_sequence as sequence from n union all
      select stream, source_stream, position from p
    ) told group by 1, 2`,
  decidedBy: { from: 'n', where: 's.stream = k.user_stream and s.source_stream = k.source_stream' },
};

export const userLogFold: ProjectionFold = {
  projection: 'user_log',
  version: 1,
  family: 'USER',
  tables: [log, heads, userChats, positions],
};
