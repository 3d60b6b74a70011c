/**
 * A stream as the server itself packs it, in chunks, and a stream made of them: `$JS.API.STREAM.SNAPSHOT` and `RESTORE`. Messages,
 * sequences, times, headers and holes stay as they are; consumers are left out.
 *
 * Taken while others write, it holds every message up to some sequence that is at least `state.last_seq` of the answer, and none
 * behind that: a prefix. Where it ends may lie within an atomic batch, and the stream made of it may name a last sequence
 * behind its last message (the store writes its index last): what lies between are holes, as of erased messages.
 *
 * The protocol is undocumented but stable; learned from nats-server (`jetstream_api.go`) and jsm.go (`stream_snapshot.go`). Each chunk
 * is answered, which is what keeps the server from sending more than a window ahead of the disk.
 */
import { createInbox, type Msg, type NatsConnection } from '@nats-io/nats-core';
import type { StreamConfig, StreamState } from '@nats-io/jetstream';
import { StoreDamaged, StoreUnavailable } from './event-store.js';

const chunk_bytes = 128 * 1024;
const window_bytes = 1024 * 1024;
const chunks_in_flight_max = window_bytes / chunk_bytes;
const answer_ms_max = 30_000;
/** The server unpacks and recovers a whole stream before it answers. */
const finish_ms_max = 600_000;

export interface SnapshotHead {
  readonly config: StreamConfig;
  /** As it was when the snapshot began. */
  readonly state: StreamState;
}

interface ApiAnswer {
  readonly error?: { readonly code: number; readonly description: string };
}

/**
 * Each chunk is taken before the next window is asked for. Throws when the server breaks off or falls silent, or a chunk is lost;
 * what was taken until then is worth nothing.
 */
export async function takeSnapshot(
  nc: NatsConnection,
  stream: string,
  take: (chunk: Uint8Array) => Promise<void>,
  signal?: AbortSignal,
): Promise<SnapshotHead> {
  const inbox = createInbox();
  const subscription = nc.subscribe(inbox);
  const end = () => subscription.unsubscribe();
  const silence = setTimeout(end, answer_ms_max);
  signal?.addEventListener('abort', end);
  try {
    const request = {
      deliver_subject: inbox,
      no_consumers: true,
      chunk_size: chunk_bytes,
      window_size: window_bytes,
    };
    const head = await ask<SnapshotHead>(nc, `$JS.API.STREAM.SNAPSHOT.${stream}`, request);
    let taken = 0;
    for await (const message of subscription) {
      silence.refresh();
      if (message.data.length === 0) return (assertEnd(stream, message), head);
      taken += 1;
      if (!isNumbered(message, taken))
        throw new StoreUnavailable(`${stream}: a part of the snapshot was lost`);
      await take(message.data);
      if (message.reply) message.respond();
    }
    signal?.throwIfAborted();
    throw new StoreUnavailable(`${stream}: the snapshot stopped, no more came within ${answer_ms_max} ms`);
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', end);
    end();
  }
}

/** Makes the stream, which must not be there, with this configuration. It is there with its answer, or not at all. */
export async function restoreSnapshot(
  nc: NatsConnection,
  { config, state }: SnapshotHead,
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const { name } = config;
  const { deliver_subject } = await ask<{ deliver_subject: string }>(nc, `$JS.API.STREAM.RESTORE.${name}`, {
    config,
    state,
  });
  const inFlight: Promise<void>[] = [];
  const send = (chunk: Uint8Array, timeout: number) =>
    nc.request(deliver_subject, chunk, { timeout }).then((answer) => assertTaken(name, answer));
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    const sent = send(chunk, answer_ms_max);
    // Told when its turn comes.
    sent.catch(() => undefined);
    inFlight.push(sent);
    if (inFlight.length === chunks_in_flight_max) await inFlight.shift();
  }
  await Promise.all(inFlight);
  await send(new Uint8Array(), finish_ms_max);
}

/** Files are to be read so. */
export const restore_chunk_bytes = chunk_bytes;

async function ask<Answer extends object>(
  nc: NatsConnection,
  subject: string,
  body: object,
): Promise<Answer> {
  const answer = await nc.request(subject, JSON.stringify(body), { timeout: answer_ms_max });
  const told = answer.json<Answer & ApiAnswer>();
  if (told.error !== undefined) throw new Error(`${subject}: ${told.error.description}`);
  return told;
}

/** Counts from 1, in the subject that the chunk is to be answered on; the last one, which is shorter, is not to be answered. */
const isNumbered = ({ reply, data }: Msg, number: number): boolean =>
  reply ? reply.endsWith(`.${number}`) : data.length < chunk_bytes;

function assertEnd(stream: string, { headers }: Msg): void {
  if (headers === undefined || headers.code === 204) return;
  throw new StoreDamaged(
    `${stream}: the server broke the snapshot off: ${headers.code} ${headers.description}`,
  );
}

function assertTaken(stream: string, answer: Msg): void {
  if (answer.data.length === 0) return;
  const { error } = answer.json<ApiAnswer>();
  if (error !== undefined) throw new StoreDamaged(`${stream} cannot be restored: ${error.description}`);
}
