import { describeDrift, topologyDrift, type TopologyDrift } from '#streams/apply-topology.js';
import { standingReplicas } from '#streams/standing-topology.js';
import type { AdminContext, Operation } from '../operation.js';
import { parseReplicas, replicas_expected } from '../replicas.js';

interface Params {
  /** Absent: any number will do, as long as it is the same everywhere. */
  readonly replicas?: number;
}

interface Result {
  readonly drift: readonly TopologyDrift[];
  readonly streams_per_family: number;
  readonly replicas: number;
}

export const driftOperation: Operation<Params, Result> = {
  name: 'streams drift',
  summary: 'Prints how the streams differ from what this version expects, a line each.',
  help: 'Exit code 1 when they do. npm run admin -- setup puts right what may be.',
  examples: [
    ['npm run admin -- streams drift', 'as they stand, with whatever number of replicas'],
    ['npm run admin -- streams drift --replicas 3', 'each stream must have three'],
  ],
  role: 'auditor',
  parameters: [
    {
      name: 'replicas',
      value: 'count',
      help: 'servers that should keep a copy of each stream (default: any)',
      expected: replicas_expected,
      parse: parseReplicas,
    },
  ],
  run: showDrift,
  print: ({ drift, streams_per_family, replicas }) =>
    drift.length === 0
      ? [`No drift: ${streams_per_family} streams a family, replicas ${replicas}.`]
      : drift.map(describeDrift),
  exitCode: ({ drift }) => (drift.length === 0 ? 0 : 1),
};

async function showDrift({ nats, streamsPerFamily }: AdminContext, params: Params): Promise<Result> {
  const replicas = params.replicas ?? (await standingReplicas(nats, streamsPerFamily));
  const drift = await topologyDrift(nats, { streamsPerFamily, replicas });
  return { drift, streams_per_family: streamsPerFamily, replicas };
}
