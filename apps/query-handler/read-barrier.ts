/** Reads in a snapshot that shows what the session has seen: waits for it, bounded, then refuses (docs/adr/0005). */
import type { Database } from '#db/database.js';
import { knownVersions } from '#db/known-versions.js';
import { readSnapshot, type Snapshot } from '#db/snapshot.js';
import { timelinePositions } from '#projections/user-log/timeline-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { isCovered, type Needs, type ProjectionName } from './needs.js';
import type { PositionWatch } from './position-watch.js';
import { NotCovered } from './query.js';
import { waits } from './query-metrics.js';
import { Refusal } from '#protocol/refusal.js';

const barrier_ms = 2_000;
const retry_after_ms = 250;

export class ReadBarrier {
  constructor(
    private readonly db: Database,
    private readonly watch: PositionWatch,
    private readonly known = knownVersions,
  ) {}

  /** `read` may itself throw NotCovered: it is run again, in another snapshot, once that is covered too. */
  async read<T>(
    needs: Needs,
    reads: readonly ProjectionName[],
    read: (snapshot: Snapshot) => Promise<T>,
  ): Promise<T> {
    const deadline = performance.now() + barrier_ms;
    for (;;) {
      try {
        const covered = async (snapshot: Snapshot): Promise<T> => {
          await assertCovered(snapshot, needs);
          return read(snapshot);
        };
        return await readSnapshot(this.db, reads, covered, this.known);
      } catch (error) {
        if (!(error instanceof NotCovered)) throw error;
        const hasCome = await this.watch.until(error.needs, deadline);
        waits[hasCome ? 'covered' : 'not_caught_up'].add();
        if (!hasCome) throw new Refusal('NOT_CAUGHT_UP', { retry_after_ms });
      }
    }
  }
}

async function assertCovered(snapshot: Snapshot, needs: Needs): Promise<void> {
  const userStreams = [...new Set(needs.logged.map(({ user_stream }) => user_stream))];
  const logged =
    userStreams.length === 0
      ? new Map<string, number>()
      : await timelinePositions(snapshot.tables<UserLogSchema>('user_log'), userStreams);
  const covered = isCovered(needs, {
    coveredTo: (projection, stream) => snapshot.coveredTo(projection, stream),
    loggedTo: (userStream, source) => logged.get(`${userStream} ${source}`) ?? 0,
  });
  if (!covered) throw new NotCovered(needs);
}
