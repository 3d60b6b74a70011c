/** A user's entries as they stand in USER, read back from their rows. */
import type { Kysely, Selectable } from 'kysely';
import type { EntryKind, EntryValues, UserLogEntry } from '#domain/user-log/entry.js';
import type { UserLogTables } from './rows.js';

export interface PlacedEntry {
  /** Of the entry in its USER stream. */
  readonly sequence: number;
  readonly entry: UserLogEntry;
}

/**
 * Both ends inclusive, ascending. Numbers have no holes, so a range is a page; with a limit instead, a planner that has no
 * statistics yet sorts the whole rest of a log for each page.
 */
export async function entriesIn(
  tables: Kysely<UserLogTables>,
  userId: string,
  { fromPts, toPts }: { readonly fromPts: number; readonly toPts: number },
): Promise<readonly PlacedEntry[]> {
  const rows = await tables
    .selectFrom('user_log')
    .selectAll()
    .where('user_id', '=', userId)
    .where('pts', '>=', fromPts)
    .where('pts', '<=', toPts)
    .orderBy('pts')
    .execute();
  return rows.map(placedEntry);
}

/** Absent is null in tables and a missing field in entries. */
function placedEntry(row: Selectable<UserLogTables['user_log']>): PlacedEntry {
  const { chat_id, chat_pts, seq, values, commitment } = row;
  const { source_stream: stream, source_sequence, source_index: index } = row;
  const entry: UserLogEntry = {
    format: 1,
    pts: row.pts,
    kind: row.kind as EntryKind,
    date_ms: row.date_ms,
    source: { stream, sequence: source_sequence, index },
    ...(chat_id === null ? {} : { chat_id }),
    ...(chat_pts === null ? {} : { chat_pts }),
    ...(seq === null ? {} : { seq }),
    ...(values === null ? {} : { values: values as EntryValues }),
    ...(commitment === null ? {} : { commitment }),
    hash: row.hash,
  };
  return { sequence: row.sequence, entry };
}
