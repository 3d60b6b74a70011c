/** Whether a backup may be restored into these servers, as they stand. Changes nothing. */
import { sql } from 'kysely';
import { knownMigrations } from '#db/migrate.js';
import type { Database } from '#db/database.js';
import { leases_stream } from '#streams/lease.js';
import { streamStandings } from '#streams/stream-standing.js';
import { somebodyRuns } from '../epoch/open-epoch.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { familyIn, streamsInOrder } from './backup-streams.js';
import type { Manifest } from './manifest.js';

export const confirmation = 'everything';

/** Throws OperationRefused with what to do. */
export async function mayBeRestored(
  { nats, db, streamsPerFamily }: AdminContext,
  manifest: Manifest,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const unknown = manifest.migrations.filter((name) => !knownMigrations.includes(name));
  if (unknown.length > 0)
    throw new OperationRefused(
      `It was made by a later version (${unknown.join(', ')}): restore it with that one.`,
    );
  if (manifest.streams_per_family !== streamsPerFamily)
    throw new OperationRefused(
      `It has ${manifest.streams_per_family} streams a family: set STREAMS_PER_FAMILY=${manifest.streams_per_family}.`,
    );
  const standings = await streamStandings(nats);
  const others = await otherConnections(db);
  if (others.length > 0 || (standings.has(leases_stream) && (await somebodyRuns(nats))))
    throw new OperationRefused(
      `Somebody still uses these servers${others.length > 0 ? ` (${others.join(', ')})` : ', or was killed less than 15 s ago'}: ` +
        'stop everything, and run this again.',
    );
  if (replace || [...standings.values()].some(({ restoring }) => restoring)) return;
  // That this restore is asked for is an event there already.
  const counted = (await streamsInOrder({ nats })).filter(({ config }) => familyIn(config) !== 'ADMIN');
  const full = counted.filter(({ state }) => state.last_seq > 0);
  const what = [...full.map(({ config }) => config.name), ...(await tablesWithRows(db))];
  if (what.length > 0)
    throw new OperationRefused(
      `These servers hold data already (${what.slice(0, 3).join(', ')}): restore into empty ones. ` +
        `To lose what they hold: --replace --confirm ${confirmation}.`,
    );
}

/** By what they call themselves. Whoever writes has a lease; gateways, queries and people have none. */
async function otherConnections(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct coalesce(nullif(application_name, ''), 'without a name') as name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and application_name <> current_setting('application_name') order by 1`.execute(db);
  return rows.map(({ name }) => name);
}

/** Of those that an installation which was only set up has empty. */
async function tablesWithRows(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_schema || '.' || table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and (table_schema = 'ops' or (table_schema, table_name) = ('odnix', 'checkpoints'))`.execute(
    db,
  );
  const full: string[] = [];
  for (const { name } of rows) {
    const isFolded = name === 'odnix.checkpoints' ? sql`where sequence > 0` : sql``;
    const found = await sql`select from ${sql.table(name)} ${isFolded} limit 1`.execute(db);
    if (found.rows.length > 0) full.push(name);
  }
  return full;
}
