import type { Kysely } from 'kysely';
import type { UserLogTables } from './rows.js';
import { isOneOf } from '../is-one-of.js';

/** `<user stream> <source stream>` → up to where the entries of that source are in the table. */
export async function timelinePositions(
  tables: Kysely<UserLogTables>,
  userStreams: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (userStreams.length === 0) return new Map();
  const rows = await tables
    .selectFrom('timeline_positions')
    .selectAll()
    .where(isOneOf('user_stream', userStreams, 'text'))
    .execute();
  return new Map(rows.map((row) => [`${row.user_stream} ${row.source_stream}`, row.sequence]));
}
