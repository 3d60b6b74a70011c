/** Up to where each device has stored its user's log, folded from RECEIPT: a maximum, so order does not matter. */
import type { Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { ReceiptEvent } from '#domain/receipt/events.js';
import { defineProjection } from '../define-projection.js';
import { RowSet } from '../row-set.js';

export type DeviceCursorsSchema = 'device_cursors_v1';
type Cursors = RowSet<Selectable<InSchema<DeviceCursorsSchema>['device_cursors']>, 'user_id' | 'device_id'>;

export const deviceCursorsProjection = defineProjection<ReceiptEvent, Cursors>({
  name: 'device_cursors',
  version: 1,
  family: 'RECEIPT',
  tables: ['device_cursors'],
  load: (tx, schema, records) => {
    const cursors: Cursors = new RowSet(schema, {
      name: 'device_cursors',
      key: ['user_id', 'device_id'],
    });
    const moved = records
      .flatMap(({ events }) => events)
      .filter((event) => event.type === 'DeviceCursorMoved')
      .map(({ data }) => data);
    return cursors.load(tx, moved);
  },
  apply: {
    DeviceCursorMoved: (cursors, { data }, { occurred_at_ms }) => {
      const { user_id, device_id, pts } = data;
      const before = cursors.get(data);
      if (before && before.pts >= pts) return;
      cursors.put({ user_id, device_id, pts, moved_at_ms: occurred_at_ms });
    },
  },
  save: (tx, cursors) => cursors.save(tx),
});
