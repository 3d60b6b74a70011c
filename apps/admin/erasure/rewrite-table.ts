/** One table written anew, with its indexes and what is stored out of line; the old files go. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

/** While it waits for the lock, whoever reads or writes the table waits behind it. */
const lock_wait_ms_max = 200;
const attempts_max = 60;
const again_ms = 500;
/** Nobody reads or writes the table meanwhile; beyond it the rewriting is given up. */
const rewrite_ms_max = 20_000;
const lock_not_available = '55P03';
const query_canceled = '57014';

export interface RewrittenTable {
  /** At most this long nobody could read the table. */
  readonly locked_ms: number;
  /** Null: it is done. */
  readonly failure: string | null;
}

export async function rewriteTable(
  client: pg.Client,
  table: string,
  signal: AbortSignal,
): Promise<RewrittenTable> {
  await client.query(`set lock_timeout = ${lock_wait_ms_max}`);
  await client.query(`set statement_timeout = ${rewrite_ms_max}`);
  try {
    return await tryAgain(client, table, signal);
  } finally {
    await client.query('reset lock_timeout').catch(() => undefined);
    await client.query('reset statement_timeout').catch(() => undefined);
  }
}

async function tryAgain(client: pg.Client, table: string, signal: AbortSignal): Promise<RewrittenTable> {
  for (let attempt = 1; ; attempt++) {
    const from = performance.now();
    try {
      await client.query(`vacuum (full) ${table}`);
      return { locked_ms: performance.now() - from, failure: null };
    } catch (error) {
      const { code } = error as { code?: string };
      const locked_ms = performance.now() - from;
      if (code === query_canceled) {
        const advice = 'projections rebuild and drop-old write it anew without a lock';
        return { locked_ms, failure: `takes longer than ${rewrite_ms_max} ms: ${advice}` };
      }
      if (code !== lock_not_available) throw error;
      if (attempt === attempts_max) return { locked_ms, failure: 'is locked by others all the time' };
      await pause(again_ms, undefined, { signal });
    }
  }
}
