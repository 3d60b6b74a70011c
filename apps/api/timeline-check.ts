import type { NatsConnection } from '@nats-io/nats-core';
import { down, ok, type Dependency } from '#process/readiness.js';
import { DirectGet } from '#streams/direct-get.js';
import { unheldNames } from '#streams/lease-holders.js';
import { UserLog } from '#streams/user-log.js';

const get_ms_max = 1_000;
/**
 * By the positions that writers save, which are 5 s or 10,000 messages old at most while anything is read: as many more, and
 * a writer does not follow.
 */
const timeline_lag_messages_max = 20_000;

/**
 * Whether every USER stream has somebody who writes it, and who is not far behind its sources. `lasts`: the sources' ends.
 * Costs one request a USER stream and one for the leases.
 */
export async function timelineCheck(
  nats: NatsConnection,
  userStreams: readonly string[],
  lasts: ReadonlyMap<string, number | null>,
): Promise<Dependency> {
  const log = new UserLog(nats, new DirectGet(nats, get_ms_max));
  const [unheld, saved] = await Promise.all([
    unheldNames(nats, 'timeline', userStreams),
    Promise.all(userStreams.map((stream) => log.savedPosition(stream))),
  ]);
  if (unheld.length > 0) return down(`nobody writes ${unheld.join(', ')}`);
  const lags = saved.flatMap((position) =>
    [...lasts]
      .filter(([source]) => !userStreams.includes(source))
      .map(([source, last]) => (last ?? 0) - (position?.position.positions[source] ?? 0)),
  );
  const lag = Math.max(0, ...lags);
  return lag <= timeline_lag_messages_max ? ok : down(`${lag} messages behind`);
}
