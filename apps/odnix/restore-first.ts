/** `npm start -- --restore`: for those who have no servers to point the command line at before they start. */
import { openDatabase } from '#db/database.js';
import { connectNats } from '#streams/connection.js';
import { restoreOperation } from '../admin/backup/backup-operations.js';
import type { Progress } from '../admin/operation.js';

const statement_ms_max = 600_000;
const progress_every_ms = 2_000;

export interface RestoreServers {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  readonly signal: AbortSignal;
}

/** Throws when it refuses. */
export async function restoreFirst(
  { natsUrl, databaseUrl, ...servers }: RestoreServers,
  directory: string,
  say: (line: string) => void,
): Promise<void> {
  const nats = await connectNats(natsUrl, { name: 'admin' });
  const db = openDatabase({ url: databaseUrl, application: 'admin', connections_max: 2, statement_ms_max });
  const actor = { name: 'npm start', role: 'operator', reason: '--restore' } as const;
  try {
    const context = { ...servers, nats, db, databaseUrl, actor, say, progress: saidNowAndThen(say) };
    const result = await restoreOperation.run(context, { directory });
    for (const line of restoreOperation.print(result).slice(0, -1)) say(line);
  } finally {
    await Promise.all([nats.close(), db.destroy()]);
  }
}

function saidNowAndThen(say: (line: string) => void): (progress: Progress) => void {
  let saidAtMs = performance.now();
  return ({ what, done, total }) => {
    if (performance.now() - saidAtMs < progress_every_ms) return;
    saidAtMs = performance.now();
    say(`${what}${total === undefined || total === 0 ? '' : `: ${Math.floor((100 * done) / total)} %`}`);
  };
}
