/** The steps of cursors that a batch of receipts adds. */
import { sql, type Kysely, type Selectable } from 'kysely';
import type { InSchema } from '#db/database.js';
import type { DB } from '#db/tables.js';
import type { ReceiptEvent } from '#domain/receipt/events.js';
import type { ProjectedRecord } from '../define-projection.js';
import { RowSet } from '../row-set.js';

export type ReceiptsSchema = 'receipts_v1';
export type ReceiptsTables = InSchema<ReceiptsSchema>;
export type MoveRow = Selectable<ReceiptsTables['cursor_moves']>;
export type MoveKind = 'read' | 'delivered';
type Mark = Pick<MoveRow, 'chat_id' | 'kind' | 'user_id'>;

export interface ReceiptsRows {
  /** By `markKey`: how far each mark that the batch may move had come; absent: it never moved. */
  readonly marks: Map<string, number>;
  readonly moves: RowSet<MoveRow, 'chat_id' | 'kind' | 'user_id' | 'seq'>;
}

export const markKey = ({ chat_id, kind, user_id }: Mark): string => `${kind} ${user_id} ${chat_id}`;

export const kindOf = ({ type }: ReceiptEvent): MoveKind =>
  type === 'ReadCursorMoved' ? 'read' : 'delivered';

/** Of each mark its last step alone: one look at the end of an index. */
export async function loadReceiptsRows(
  tx: Kysely<DB>,
  schema: string,
  records: readonly ProjectedRecord<ReceiptEvent>[],
): Promise<ReceiptsRows> {
  const moves = new RowSet<MoveRow, 'chat_id' | 'kind' | 'user_id' | 'seq'>(schema, {
    name: 'cursor_moves',
    key: ['chat_id', 'kind', 'user_id', 'seq'],
  });
  const asked = new Map(
    records.flatMap(({ events }) => events.flatMap(marksOf)).map((one) => [markKey(one), one]),
  );
  if (asked.size === 0) return { marks: new Map(), moves };
  const { rows } = await sql<Pick<MoveRow, keyof Mark | 'seq'>>`
    select p.chat_id, p.kind, p.user_id, m.seq
    from json_to_recordset(${JSON.stringify([...asked.values()])}::json) p(chat_id uuid, kind text, user_id uuid)
    cross join lateral (
      select seq from ${sql.table(`${schema}.cursor_moves`)} c
      where c.chat_id = p.chat_id and c.kind = p.kind and c.user_id = p.user_id order by seq desc limit 1
    ) m`.execute(tx);
  return { marks: new Map(rows.map((row) => [markKey(row), row.seq])), moves };
}

function marksOf(event: ReceiptEvent): Mark[] {
  if (event.type === 'DeviceCursorMoved') return [];
  const { user_id, cursors } = event.data;
  return cursors.map(({ chat_id }) => ({ chat_id, kind: kindOf(event), user_id }));
}
