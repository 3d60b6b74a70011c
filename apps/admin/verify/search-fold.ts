/** What messages are found by, as CHAT tells it: by the last words that were written, as long as they are not deleted. */
import { columns, type ProjectionFold, type TableFold } from './table-fold.js';

const messageWords: TableFold = {
  table: 'message_words',
  key: columns('chat_id uuid, seq bigint'),
  columns: columns('sender_id uuid, date_ms bigint, words hidden'),
  expected: `
    with told as (
      select distinct on (aggregate_id, about_seq) aggregate_id, about_seq, data, data->'message' as m
      from e where type in ('MessageSent', 'MessageEdited', 'Tombstoned')
      order by aggregate_id, about_seq, chat_pts desc
    )
    select aggregate_id as chat_id, about_seq as seq, m->>'sender_id' as sender_id, m->>'date_ms' as date_ms,
      data->>'found_by' as words
    from told where data->>'found_by' is not null`,
  decidedBy: { from: 'e', where: 's.aggregate_id = k.chat_id::text and s.about_seq = k.seq' },
};

const heads: TableFold = {
  table: 'heads',
  key: columns('chat_id uuid'),
  columns: columns('chat_pts bigint'),
  expected: `
    select aggregate_id as chat_id, max(chat_pts) as chat_pts from e
    where type in ('MessageSent', 'MessageEdited', 'Tombstoned') group by aggregate_id`,
  decidedBy: { from: 'e', where: 's.aggregate_id = k.chat_id::text' },
};

export const searchFold: ProjectionFold = {
  projection: 'search',
  version: 1,
  family: 'CHAT',
  tables: [messageWords, heads],
};
