import type { NatsConnection } from '@nats-io/nats-core';
import { jetstreamManager } from '@nats-io/jetstream';
import { assert } from '#domain/kernel/assert.js';
import { DirectGet } from '#streams/direct-get.js';
import { UserLog } from '#streams/user-log.js';
import {
  decodeUserStreamMessage,
  newPosition,
  type UserStreamMessage,
} from '#streams/user-stream-message.js';

const page_messages_max = 500;

type Place = Extract<UserStreamMessage, { kind: 'entry' }>['entry']['source'];

/**
 * Makes a USER stream that was restored from a snapshot one that its writer can go on with. The snapshot ends anywhere: within the
 * entries of one source message, whose others would never be written; and before the last sequence that the restored stream
 * names. So the entries of the last source are taken away, unless the read model has folded them, which it does with
 * whole sources only; and where the rest has come to is saved behind, for the writer to go on from there.
 *
 * `folded`: the last sequence that the restored read model of the logs has folded.
 */
export async function endLog(nats: NatsConnection, stream: string, folded: number): Promise<void> {
  const log = new UserLog(nats, new DirectGet(nats));
  const lastSequence = await log.lastSequence(stream);
  if (lastSequence === 0) return;
  const { positions, last } = await standingOf(nats, log, stream);
  if (last !== null && last.sequences.at(-1)! > folded) {
    assert(last.sequences[0]! > folded, `${stream}: a part of one source was folded, up to ${folded}`);
    const { streams } = await jetstreamManager(nats);
    for (const sequence of last.sequences) await streams.deleteMessage(stream, sequence, false);
  } else if (last !== null) raise(positions, last.source);
  const position = { format: 1, positions: Object.fromEntries(positions) } as const;
  const saved = await log.append(lastSequence, [newPosition(stream, position)]);
  if (!saved.ok) throw new Error(`${stream} was written meanwhile (${saved.reason}): stop everything.`);
}

interface Standing {
  /** Source stream → the last sequence whose entries are all there, but for the last source. */
  readonly positions: Map<string, number>;
  /** The last source that has entries, and where they stand; null when the stream ends with saved positions. */
  readonly last: { readonly source: Place; readonly sequences: number[] } | null;
}

async function standingOf(nats: NatsConnection, log: UserLog, stream: string): Promise<Standing> {
  const saved = await log.savedPosition(stream);
  const positions = new Map(Object.entries(saved?.position.positions ?? {}));
  let last: Standing['last'] = null;
  for await (const message of messagesFrom(nats, stream, (saved?.sequence ?? 0) + 1)) {
    if (message.kind === 'position') continue;
    const { source } = message.entry;
    if (last?.source.stream === source.stream && last.source.sequence === source.sequence) {
      last.sequences.push(message.sequence);
      continue;
    }
    if (last !== null) raise(positions, last.source);
    last = { source, sequences: [message.sequence] };
  }
  return { positions, last };
}

const raise = (positions: Map<string, number>, { stream, sequence }: Place): void =>
  void positions.set(stream, Math.max(positions.get(stream) ?? 0, sequence));

/** Past holes, which `UserLog` takes for damage. */
async function* messagesFrom(
  nats: NatsConnection,
  stream: string,
  from: number,
): AsyncGenerator<UserStreamMessage> {
  const direct = new DirectGet(nats);
  for (let startSequence = from; ;) {
    const request = { subject: '>', startSequence, max: page_messages_max };
    const { messages } = await direct.getBatch(stream, request);
    for (const message of messages) yield decodeUserStreamMessage(stream, message);
    if (messages.length === 0) return;
    startSequence = messages.at(-1)!.sequence + 1;
  }
}
