import { jetstreamManager } from '@nats-io/jetstream';
import { restore_chunk_bytes, restoreSnapshot } from '#streams/stream-snapshot.js';
import { restoring_mark } from '#streams/stream-standing.js';
import { topology, type StreamSpec } from '#streams/topology.js';
import type { AdminContext } from '../operation.js';
import { familyIn, streamsInOrder } from './backup-streams.js';
import { readChunks } from './checked-file.js';
import type { BackedUpStream, Manifest } from './manifest.js';

/** The first that is restored, and so the first of the USER streams. */
const marked = (streams: readonly { readonly config: StreamSpec }[]): string | undefined =>
  streams[0]?.config.name;

/** From now on nobody starts, and whatever was begun may be begun again. */
export async function markRestoring(context: AdminContext, isMarked: boolean): Promise<void> {
  const jsm = await jetstreamManager(context.nats);
  const [first] = await streamsInOrder(context);
  if (first === undefined) return;
  const { [restoring_mark]: _mark, ...metadata } = first.config.metadata ?? {};
  const mark = isMarked ? { [restoring_mark]: 'true' } : {};
  await jsm.streams.update(first.config.name, { ...first.config, metadata: { ...metadata, ...mark } });
}

/** All of ours but the buckets; the marked one last. */
export async function deleteStreams(context: AdminContext): Promise<void> {
  const jsm = await jetstreamManager(context.nats);
  for (const { config } of (await streamsInOrder(context)).toReversed())
    await jsm.streams.delete(config.name);
}

export interface StreamsOptions {
  readonly epoch: number;
  readonly replicas: number;
}

/** As the present topology says, with the messages of the backup. The first is there with the mark. */
export async function restoreStreams(
  context: AdminContext,
  directory: string,
  { streams }: Manifest,
  options: StreamsOptions,
): Promise<void> {
  const { nats, signal, streamsPerFamily } = context;
  const specs = new Map(topology({ streamsPerFamily, ...options }).map((spec) => [spec.name, spec]));
  const total = streams.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const read = (bytes: number) => {
    done += bytes;
    context.progress({ what: 'restoring streams', done, total, unit: 'bytes' });
  };
  for (const stream of streams) {
    const metadata = metadataOf(stream, options.epoch, stream.name === marked(streams));
    const spec: Partial<StreamSpec> = specs.get(stream.name) ?? { num_replicas: options.replicas };
    const config = { ...stream.config, ...spec, metadata: { ...metadata, ...withoutEpoch(spec.metadata) } };
    const chunks = readChunks(directory, stream.file, { chunk_bytes: restore_chunk_bytes, read });
    await restoreSnapshot(nats, { config, state: stream.state as never }, chunks, signal);
    await mustHold(context, stream);
  }
}

function metadataOf({ config }: BackedUpStream, epoch: number, isMarked: boolean): Record<string, string> {
  // The server's own is about the server that it was on.
  const own = Object.entries(config.metadata ?? {}).filter(([key]) => !key.startsWith('_nats.'));
  return {
    ...Object.fromEntries(own),
    ...(familyIn(config) === 'USER' ? { 'odnix.epoch': String(epoch) } : {}),
    ...(isMarked ? { [restoring_mark]: 'true' } : {}),
  };
}

function withoutEpoch({ 'odnix.epoch': _epoch, ...metadata }: Record<string, string> = {}): Record<
  string,
  string
> {
  return metadata;
}

async function mustHold({ nats }: AdminContext, { name, state }: BackedUpStream): Promise<void> {
  const jsm = await jetstreamManager(nats);
  const { state: restored } = await jsm.streams.info(name);
  if (restored.last_seq >= state.last_seq && restored.messages >= state.messages) return;
  throw new Error(`${name} was restored up to ${restored.last_seq} instead of ${state.last_seq}.`);
}
