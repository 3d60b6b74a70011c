/** Whoever may still see a row that was deleted makes a table keep it, also when the table is written anew. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

const wait_ms_max = 30_000;
const look_every_ms = 100;

/** Resolves when nobody sees what was deleted before the call, with null; or, after a while, with who still does. */
export async function snapshotsAreGone(
  client: pg.Client,
  signal: AbortSignal,
  waitMsMax = wait_ms_max,
): Promise<string | null> {
  const { rows } = await client.query<{ now: string }>('select pg_current_xact_id()::text as now');
  const deadlineMs = performance.now() + waitMsMax;
  for (;;) {
    const holder = await holderBefore(client, rows[0]!.now);
    if (holder === null || performance.now() > deadlineMs) return holder;
    await pause(look_every_ms, undefined, { signal });
  }
}

/** The oldest that still sees a state from before the transaction. Ids wrap around: their ages are compared. */
async function holderBefore(client: pg.Client, transaction: string): Promise<string | null> {
  const { rows } = await client.query<{ who: string }>(
    `with own as (select age(($1::xid8)::xid) as age)
     select who from (
       select format('a transaction of %s, process %s, open since %s', coalesce(nullif(application_name, ''), usename),
         pid, xact_start) as who, greatest(age(backend_xmin), age(backend_xid)) as age
       from pg_stat_activity
       where pid <> pg_backend_pid() and backend_type <> 'autovacuum worker'
         and (datname = current_database() or datname is null)
       union all select format('the prepared transaction %s', gid), age(transaction) from pg_prepared_xacts
       where database = current_database()
       union all select format('the replication slot %s', slot_name), greatest(age(xmin), age(catalog_xmin))
       from pg_replication_slots
     ) holders, own where holders.age > own.age order by holders.age desc limit 1`,
    [transaction],
  );
  return rows[0] === undefined ? null : `still seen by ${rows[0].who}`;
}
