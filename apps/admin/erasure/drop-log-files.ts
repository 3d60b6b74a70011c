/** PostgreSQL's write-ahead log holds every row as it was written: what is no longer needed of it goes. */
import type pg from 'pg';

const insufficient_privilege = '42501';

/** What remains, for the operator; null: nothing does. */
export async function dropLogFiles(client: pg.Client): Promise<string | null> {
  try {
    // What comes after stands in a new file; once all before it is in the tables, the old files are needed no more.
    await client.query('select pg_switch_wal()');
    await client.query('checkpoint');
  } catch (error) {
    if ((error as { code?: string }).code !== insufficient_privilege) throw error;
    return 'the write-ahead log: this role may not have it dropped (grant pg_checkpoint, and execute on pg_switch_wal)';
  }
  const { rows } = await client.query<{ recycled: boolean; kept: boolean }>(
    `select current_setting('wal_recycle')::boolean as recycled, current_setting('wal_keep_size') <> '0'
       or exists (select from pg_replication_slots where restart_lsn is not null) as kept`,
  );
  if (rows[0]!.recycled)
    return 'the write-ahead log: its old files are kept for use again (set wal_recycle = off)';
  if (rows[0]!.kept)
    return 'the write-ahead log: old files are kept for a replica (wal_keep_size, replication slots)';
  return null;
}
