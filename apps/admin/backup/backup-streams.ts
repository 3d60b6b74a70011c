/**
 * The streams, each as the server packs it, in such an order that what tells of another stream is taken before it: users' logs tell of
 * all sources, receipts of chats, chats of accounts.
 */
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { DirectGet } from '#streams/direct-get.js';
import { takeSnapshot } from '#streams/stream-snapshot.js';
import { UserLog } from '#streams/user-log.js';
import { writtenSources } from '#streams/written-sources.js';
import type { AdminContext } from '../operation.js';
import { streamFile } from './backup-directory.js';
import { writeChecked } from './checked-file.js';
import type { BackedUpStream } from './manifest.js';

/** Others of ours, such as ADMIN and WORK, come last. */
const families_in_order = ['USER', 'RECEIPT', 'CHAT', 'ACCOUNT'];

export async function backUpStreams(
  context: AdminContext,
  directory: string,
): Promise<readonly BackedUpStream[]> {
  const standing = await streamsInOrder(context);
  const total = standing.reduce((sum, { state }) => sum + state.bytes, 0);
  const taken: BackedUpStream[] = [];
  let before = 0;
  for (const { config, state } of standing) {
    let written = 0;
    const wrote = (bytes: number) => {
      written += bytes;
      // What is packed is smaller than what is counted here.
      const done = before + Math.min(written, state.bytes);
      context.progress({ what: 'copying streams', done, total, unit: 'bytes' });
    };
    taken.push(await backUpStream(context, directory, config.name, wrote));
    before += state.bytes;
  }
  context.progress({ what: 'copying streams', done: total, total, unit: 'bytes' });
  return taken;
}

export const familyIn = ({ metadata }: StreamInfo['config']): string | undefined =>
  metadata?.['odnix.family'];

/** What is kept in buckets is true for seconds. */
export async function streamsInOrder({ nats }: Pick<AdminContext, 'nats'>): Promise<readonly StreamInfo[]> {
  const jsm = await jetstreamManager(nats);
  const all: StreamInfo[] = [];
  for await (const info of jsm.streams.list()) {
    const family = familyIn(info.config);
    if (family !== undefined && family !== 'KV') all.push(info);
  }
  const rank = (info: StreamInfo) => {
    const place = families_in_order.indexOf(familyIn(info.config)!);
    return place === -1 ? families_in_order.length : place;
  };
  const byNumber = new Intl.Collator('en', { numeric: true });
  return all.toSorted((a, b) => rank(a) - rank(b) || byNumber.compare(a.config.name, b.config.name));
}

async function backUpStream(
  { nats, signal }: AdminContext,
  directory: string,
  name: string,
  wrote: (bytes: number) => void,
): Promise<BackedUpStream> {
  let head: Awaited<ReturnType<typeof takeSnapshot>> | undefined;
  const file = await writeChecked(directory, streamFile(name), async (write) => {
    const take = async (chunk: Uint8Array) => {
      await write(chunk);
      wrote(chunk.length);
    };
    head = await takeSnapshot(nats, name, take, signal);
  });
  const { config, state } = head!;
  const { messages, bytes: stored, first_seq, last_seq } = state;
  const about = { name, config, state: { messages, bytes: stored, first_seq, last_seq }, ...file };
  if (familyIn(config) !== 'USER') return about;
  // Read after it was taken, and before its sources are: they must reach this.
  const sources = await writtenSources(new UserLog(nats, new DirectGet(nats)), name);
  return { ...about, sources: Object.fromEntries(sources) };
}
