import { openDatabase } from '#db/database.js';
import { reachNats, type Say } from '../reach.js';
import { openEpoch, showEpoch } from './open-epoch.js';

const statement_ms_max = 600_000;

export interface EpochOptions {
  readonly open?: boolean;
  readonly evenIfWhole?: boolean;
}

/** The exit code. */
export async function epochCommand(
  {
    natsUrl,
    databaseUrl,
    open,
    evenIfWhole = false,
  }: EpochOptions & { natsUrl: string; databaseUrl: string },
  say: Say,
): Promise<number> {
  const nats = await reachNats(natsUrl, say);
  const db = openDatabase({ url: databaseUrl, application: 'admin', connections_max: 1, statement_ms_max });
  try {
    return await (open ? openEpoch(nats, db, { even_if_whole: evenIfWhole }, say) : showEpoch(nats, db, say));
  } finally {
    await Promise.all([nats.close(), db.destroy()]);
  }
}
