import { count, list, optional, ordinal, shape, text } from '../kernel/check.js';
import { catalogued, type Catalogue } from '../kernel/event-catalogue.js';
import type { Cursor, DeviceCursorMoved, ReadCursorMoved, ReceiptEvent } from './events.js';

const cursorsShape = shape<ReadCursorMoved['data']>({
  user_id: text,
  cursors: list(shape<Cursor>({ chat_id: text, seq: count, after: ordinal, joined_seq: optional(ordinal) })),
});

/** Every event that may stand in a RECEIPT stream. */
export const receiptCatalogue = {
  ReadCursorMoved: catalogued(1, cursorsShape),
  DeliveredCursorMoved: catalogued(1, cursorsShape),
  DeviceCursorMoved: catalogued(
    1,
    shape<DeviceCursorMoved['data']>({ user_id: text, device_id: text, pts: count }),
  ),
} satisfies Catalogue<ReceiptEvent>;
