/** The steps by which people's marks went forward: those that are ahead of all before them, in the order of the stream. */
import { columns, type ProjectionFold } from './table-fold.js';

export const receiptsFold: ProjectionFold = {
  projection: 'receipts',
  version: 1,
  family: 'RECEIPT',
  tables: [
    {
      table: 'cursor_moves',
      key: columns('chat_id uuid, kind text, user_id uuid, seq bigint'),
      columns: columns('at_ms bigint'),
      expected: `
        with told as (
          select c->>'chat_id' as chat_id, case type when 'ReadCursorMoved' then 'read' else 'delivered' end as kind,
            data->>'user_id' as user_id, (c->>'seq')::bigint as seq, occurred_at_ms as at_ms, sequence, index, place
          from e, jsonb_array_elements(data->'cursors') with ordinality as x(c, place)
          where type in ('ReadCursorMoved', 'DeliveredCursorMoved')
        ), compared as (
          select *, max(seq) over (
            partition by chat_id, kind, user_id order by sequence, index, place
            rows between unbounded preceding and 1 preceding
          ) as furthest from told
        )
        select chat_id, kind, user_id, seq, at_ms from compared where seq > coalesce(furthest, 0)`,
      decidedBy: {
        from: 'e',
        where: `s.data->>'user_id' = k.user_id::text
          and s.data->'cursors' @> jsonb_build_array(jsonb_build_object('chat_id', k.chat_id::text))`,
      },
    },
  ],
};
