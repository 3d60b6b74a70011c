import type { NatsConnection } from '@nats-io/nats-core';
import { topologyDrift, type TopologyDrift } from './apply-topology.js';
import { patiently } from './meeting-cluster.js';
import { subjectRoots, tokens_count } from './subjects.js';

/** How what stands on the servers fits what this program was told and expects. */
export type StandingTopology =
  | { readonly kind: 'whole' }
  /** Not all streams are there (yet). */
  | { readonly kind: 'missing'; readonly streams: readonly string[] }
  /** They are spread otherwise: every id's events would be looked for in the wrong place. */
  | { readonly kind: 'spread'; readonly streamsPerFamily: number }
  | { readonly kind: 'different'; readonly drift: readonly TopologyDrift[] };

/** What an installation decides for itself, and no program depends on. */
const ownChoice = (drift: TopologyDrift): boolean =>
  drift.field === 'num_replicas' || drift.stream === 'KV_LEASES';

/** Changes nothing. Throws when JetStream does not answer; with `onWait` only after a minute, as `applyTopology`. */
export async function standingTopology(
  nc: NatsConnection,
  streamsPerFamily: number,
  onWait?: (why: string) => void,
): Promise<StandingTopology> {
  const look = () => topologyDrift(nc, { streamsPerFamily, replicas: 1 });
  const drift = await (onWait === undefined ? look() : patiently(onWait)(look));
  const spread = standingSpread(drift);
  if (spread !== undefined) return { kind: 'spread', streamsPerFamily: spread };
  const missing = drift.filter(({ field }) => field === 'exists').map(({ stream }) => stream);
  const other = drift.filter((one) => one.field !== 'exists' && !ownChoice(one));
  if (other.length > 0) return { kind: 'different', drift: other };
  return missing.length === 0 ? { kind: 'whole' } : { kind: 'missing', streams: missing };
}

/** Of the streams that stand: the most that one has; 1 when there are none. */
export async function standingReplicas(nc: NatsConnection, streamsPerFamily: number): Promise<number> {
  const drift = await topologyDrift(nc, { streamsPerFamily, replicas: 1 });
  const counts = drift.filter(({ field }) => field === 'num_replicas').map(({ actual }) => Number(actual));
  return Math.max(1, ...counts);
}

/** Told by the share of all tokens that the first stream has, which stands before the others do. */
function standingSpread(drift: readonly TopologyDrift[]): number | undefined {
  const first = drift.find(({ stream, field }) => stream === 'CHAT_0' && field === 'subjects');
  if (first === undefined || !Array.isArray(first.actual) || first.actual.length === 0) return undefined;
  const streams = (tokens_count * subjectRoots.CHAT.length) / first.actual.length;
  return Number.isInteger(streams) ? streams : undefined;
}
