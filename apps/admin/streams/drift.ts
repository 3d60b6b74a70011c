import { describeDrift, topologyDrift, type TopologyDrift } from '#streams/apply-topology.js';
import { standingReplicas } from '#streams/standing-topology.js';
import type { Operation } from '../operation.js';
import { replicasParameter, type ReplicasParams } from './replicas.js';

export interface StreamsDrift {
  readonly streams_per_family: number;
  readonly replicas: number;
  readonly drift: readonly TopologyDrift[];
}

export const streamsDriftOperation: Operation<ReplicasParams, StreamsDrift> = {
  name: 'streams drift',
  summary: 'Shows how the streams differ from what this version expects; exit code 1 when they do.',
  examples: [['streams drift', 'before and after an update']],
  role: 'auditor',
  parameters: [replicasParameter('servers that should keep a copy of each stream (default: any)')],
  run: async ({ nats, streamsPerFamily }, params) => {
    const replicas = params.replicas ?? (await standingReplicas(nats, streamsPerFamily));
    const drift = await topologyDrift(nats, { streamsPerFamily, replicas });
    return { streams_per_family: streamsPerFamily, replicas, drift };
  },
  print: ({ drift, streams_per_family, replicas }) =>
    drift.length === 0
      ? [`No drift: ${streams_per_family} streams a family, replicas ${replicas}.`]
      : drift.map(describeDrift),
  exitCode: ({ drift }) => (drift.length === 0 ? 0 : 1),
};
