import { applyTopology, TopologyRefused, type TopologyChanges } from '#streams/apply-topology.js';
import { standingReplicas } from '#streams/standing-topology.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { parseReplicas, replicas_expected } from '../replicas.js';

interface ReplicasParams {
  /** Absent: as they are. */
  readonly replicas?: number;
}

export interface StreamsApplied extends TopologyChanges {
  readonly streams_per_family: number;
  readonly replicas: number;
}

export const streamsApplyOperation: Operation<ReplicasParams, StreamsApplied> = {
  name: 'streams apply',
  summary: 'Creates the streams that are missing and brings the others up to date. Deletes nothing, ever.',
  help: 'It refuses what would misplace or lose data, such as another number of streams a family. Run again it changes nothing more.',
  examples: [
    [
      'npm run admin -- streams apply --replicas 3 --reason "three nodes"',
      'from a lone server to a cluster of three',
    ],
  ],
  role: 'operator',
  parameters: [
    {
      name: 'replicas',
      value: 'count',
      help: 'servers that keep a copy of each stream (default: as they are; 1 for new ones)',
      expected: replicas_expected,
      parse: parseReplicas,
    },
  ],
  run: applyStreams,
  print: ({ created, updated, streams_per_family, replicas }) => [
    `${streams_per_family} streams a family, replicas ${replicas}`,
    ...created.map((stream) => `created ${stream}`),
    ...updated.map((stream) => `updated ${stream}`),
    ...(created.length + updated.length === 0 ? ['as they should be'] : []),
  ],
};

async function applyStreams(
  { nats, streamsPerFamily, say }: AdminContext,
  params: ReplicasParams,
): Promise<StreamsApplied> {
  const replicas = params.replicas ?? (await standingReplicas(nats, streamsPerFamily));
  try {
    const changes = await applyTopology(nats, { streamsPerFamily, replicas }, (why) =>
      say(`Waiting for the NATS servers: ${why}`),
    );
    return { ...changes, streams_per_family: streamsPerFamily, replicas };
  } catch (error) {
    if (error instanceof TopologyRefused) throw new OperationRefused(error.message, { cause: error });
    throw error;
  }
}
