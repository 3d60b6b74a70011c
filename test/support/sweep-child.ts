/** An erasure sweep in a process of its own, to be killed. Arguments: the URLs of NATS and Postgres. */
import { openDatabase } from '#db/database.js';
import { connectNats } from '#streams/connection.js';
import { sweep, type SweepResult } from '../../apps/admin/erasure/sweep.js';
import { OperationRefused } from '../../apps/admin/operation.js';
import { adminContext } from './admin-context.js';

const [natsUrl, url] = process.argv.slice(2) as [string, string];
const nats = await connectNats(natsUrl, { name: 'sweep' });
const db = openDatabase({ url, application: 'sweep', connections_max: 2, statement_ms_max: 10_000 });
const context = adminContext(nats, { db, url });

/** The lock of one that was killed goes a moment later. */
async function unrefused(): Promise<SweepResult> {
  for (;;) {
    try {
      return await sweep(context, { dryRun: false, fromStart: false });
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
    }
  }
}

console.log(JSON.stringify(await unrefused()));
process.exit();
