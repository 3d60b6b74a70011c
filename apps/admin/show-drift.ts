import { describeDrift, topologyDrift } from '#streams/apply-topology.js';
import { standingReplicas } from '#streams/standing-topology.js';
import { reachNats, type Say } from './reach.js';

/** The exit code: 1 when anything differs. */
export async function showDrift(
  options: {
    readonly natsUrl: string;
    readonly streamsPerFamily: number;
    /** Absent: any number will do, as long as it is the same everywhere. */
    readonly replicas?: number;
  },
  say: Say,
): Promise<number> {
  const { natsUrl, streamsPerFamily } = options;
  const nats = await reachNats(natsUrl, say);
  try {
    const replicas = options.replicas ?? (await standingReplicas(nats, streamsPerFamily));
    const drift = await topologyDrift(nats, { streamsPerFamily, replicas });
    for (const one of drift) say(describeDrift(one));
    if (drift.length === 0) say(`No drift: ${streamsPerFamily} streams a family, replicas ${replicas}.`);
    return drift.length === 0 ? 0 : 1;
  } finally {
    await nats.close();
  }
}
