/** How far the sweep has come: in Postgres, because losing it costs work and nothing else. */
import type { Database } from '#db/database.js';

export interface SweptStream {
  readonly sequence: number;
  readonly lastTombstone: number;
}

const nothing: SweptStream = { sequence: 0, lastTombstone: 0 };

/** A stream that ends before what was swept is another one than then. */
export async function sweptOf(db: Database, stream: string, end: number): Promise<SweptStream> {
  const row = await db
    .selectFrom('odnix.erased_streams')
    .select(['sequence', 'last_tombstone'])
    .where('stream', '=', stream)
    .executeTakeFirst();
  if (row === undefined || row.sequence > end) return nothing;
  return { sequence: row.sequence, lastTombstone: row.last_tombstone };
}

export async function saveSwept(
  db: Database,
  stream: string,
  { sequence, lastTombstone: last_tombstone }: SweptStream,
): Promise<void> {
  await db
    .insertInto('odnix.erased_streams')
    .values({ stream, sequence, last_tombstone })
    .onConflict((row) => row.column('stream').doUpdateSet({ sequence, last_tombstone }))
    .execute();
}

export interface SweepRecord {
  readonly began_at: Date;
  readonly ended_at: Date;
  readonly is_whole: boolean;
  readonly erased: number;
}

/** The last of them are kept. */
const sweeps_kept_max = 100;

export async function saveSweep(db: Database, record: SweepRecord): Promise<void> {
  await db.insertInto('odnix.erasure_sweeps').values(record).execute();
  await db
    .deleteFrom('odnix.erasure_sweeps')
    .where('began_at', 'not in', (kept) =>
      kept
        .selectFrom('odnix.erasure_sweeps')
        .select('began_at')
        .orderBy('began_at', 'desc')
        .limit(sweeps_kept_max),
    )
    .execute();
}

/** The one that ended last, if there is one. */
export async function lastSweep(
  db: Database,
  options: { wholeOnly?: boolean } = {},
): Promise<SweepRecord | null> {
  const row = await db
    .selectFrom('odnix.erasure_sweeps')
    .selectAll()
    .$if(options.wholeOnly === true, (query) => query.where('is_whole', '=', true))
    .orderBy('ended_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
