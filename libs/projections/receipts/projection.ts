/**
 * When people came to have, and to read, the messages of their chats, folded from RECEIPT. A user's receipts stand in one
 * stream, in which a mark that is not ahead of all before it has moved nothing: so folding twice, and late marks, change nothing.
 * Whether somebody is in the chat is not known here; the query asks for members.
 */
import type { DeliveredCursorMoved, ReadCursorMoved, ReceiptEvent } from '#domain/receipt/events.js';
import { defineProjection, type Place } from '../define-projection.js';
import { kindOf, loadReceiptsRows, markKey, type ReceiptsRows } from './rows.js';

export const receiptsProjection = defineProjection<ReceiptEvent, ReceiptsRows>({
  name: 'receipts',
  version: 1,
  family: 'RECEIPT',
  tables: ['cursor_moves'],
  load: loadReceiptsRows,
  apply: { ReadCursorMoved: moved, DeliveredCursorMoved: moved },
  save: (tx, { moves }) => moves.save(tx),
});

function moved(
  { marks, moves }: ReceiptsRows,
  event: ReadCursorMoved | DeliveredCursorMoved,
  { occurred_at_ms }: Place,
): void {
  const { user_id, cursors } = event.data;
  for (const { chat_id, seq } of cursors) {
    const mark = { chat_id, kind: kindOf(event), user_id };
    if (seq <= (marks.get(markKey(mark)) ?? 0)) continue;
    marks.set(markKey(mark), seq);
    moves.put({ ...mark, seq, at_ms: occurred_at_ms });
  }
}
