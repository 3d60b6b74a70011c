/** The least that reading a log can cost: its rows by one query a page, its entries by direct get, nothing made of them. */
import { sql } from 'kysely';
import type { Database } from '#db/database.js';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import { connectNats } from '#streams/connection.js';
import type { Place } from './filler.js';

const rows_page_max = 1_000;
const entries_page_max = 256;

/** Milliseconds for all rows behind the place, each with its event. */
export async function rowsFloor(db: Database, userId: string, { pts }: Place): Promise<number> {
  const start = performance.now();
  for (let after = pts; ;) {
    const { rows } = await sql<{ pts: number }>`
      select l.*, e.event::text from user_log_v1.user_log l
      left join lateral (select event from chats_v1.chat_log c
        where c.chat_id = l.chat_id and c.chat_pts = l.chat_pts and l.kind <> 'read.outbox' offset 0) e on true
      where l.user_id = ${userId} and l.pts > ${after} and l.pts <= ${after + rows_page_max}
      order by l.pts`.execute(db);
    if (rows.length < rows_page_max) return performance.now() - start;
    after = rows.at(-1)!.pts;
  }
}

/** Milliseconds for all entries behind the place, their events not among them. */
export async function entriesFloor(natsUrl: string, userId: string, { sequence }: Place): Promise<number> {
  const nc = await connectNats(natsUrl, { name: 'bench-floor' });
  const log = new UserLog(nc, new DirectGet(nc, 60_000));
  const start = performance.now();
  try {
    for (let from = sequence + 1; ;) {
      const read = await log.entries('USER_0', userId, { fromSequence: from, max: entries_page_max });
      if (read.pendingCount === 0) return performance.now() - start;
      from = read.entries.at(-1)!.sequence + 1;
    }
  } finally {
    await nc.close();
  }
}
