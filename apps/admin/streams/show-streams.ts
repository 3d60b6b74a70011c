/** What each stream holds, as its leader tells it. */
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { table } from '../table.js';
import type { Operation } from '../operation.js';

export interface StreamShown {
  readonly stream: string;
  readonly messages: number;
  readonly bytes: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
  readonly subjects: number;
  /** Erased one by one, between the first and the last. */
  readonly deleted: number;
  readonly replicas: number;
  /** Null on a lone server, and while there is none. */
  readonly leader: string | null;
  /** Of USER streams. */
  readonly epoch: number | null;
}

export interface StreamsShown {
  readonly streams: readonly StreamShown[];
}

export const streamsListOperation: Operation<object, StreamsShown> = {
  name: 'streams list',
  summary: 'Shows what each stream holds, where its leader is, and the epoch of the logs in it.',
  examples: [['npm run admin -- streams list', 'how much there is, and who leads it']],
  role: 'auditor',
  parameters: [],
  run: async ({ nats }) => ({ streams: await listStreams(nats) }),
  print: ({ streams }) =>
    table(
      ['stream', 'messages', 'bytes', 'first', 'last', 'subjects', 'deleted', 'replicas', 'leader', 'epoch'],
      streams.map((one) => [
        one.stream,
        one.messages,
        one.bytes,
        one.first_sequence,
        one.last_sequence,
        one.subjects,
        one.deleted,
        one.replicas,
        one.leader,
        one.epoch,
      ]),
    ),
};

/** By family, then by number. */
async function listStreams(nats: NatsConnection): Promise<StreamShown[]> {
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const streams: StreamShown[] = [];
  for await (const info of jsm.streams.list()) streams.push(shown(info));
  return streams.toSorted((one, other) => one.stream.localeCompare(other.stream, 'en', { numeric: true }));
}

function shown({ config, state, cluster }: StreamInfo): StreamShown {
  const epoch = config.metadata?.['odnix.epoch'];
  return {
    stream: config.name,
    messages: state.messages,
    bytes: state.bytes,
    first_sequence: state.first_seq,
    last_sequence: state.last_seq,
    subjects: state.num_subjects ?? 0,
    deleted: state.num_deleted ?? 0,
    replicas: config.num_replicas,
    leader: cluster?.leader ?? null,
    epoch: epoch === undefined ? null : Number(epoch),
  };
}
