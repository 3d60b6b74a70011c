/** A stretch of a stream as raw messages, by the leader's word on where it ends. Nothing is decoded here. */
import type { NatsConnection } from '@nats-io/nats-core';
import { OrderedPull } from '#streams/ordered-pull.js';
import type { StoredMessage } from '#streams/stored-message.js';

const messages_max = 1_000;
const interruptions_max = 10;
const ask_ms_max = 5_000;
const not_found_code = 10037;

export interface Stretch {
  readonly stream: string;
  /** Both inclusive. */
  readonly from: number;
  readonly to: number;
  /** All subjects unless given. */
  readonly subject?: string;
  readonly signal: AbortSignal;
}

export interface MessagePlace {
  readonly sequence: number;
  readonly subject: string;
}

/** Every message that stands there now, once and in order, in batches. What was erased is left out. */
export async function* readMessages(
  nats: NatsConnection,
  stretch: Stretch,
): AsyncGenerator<readonly StoredMessage[]> {
  const { stream, to, subject, signal } = stretch;
  let next = stretch.from;
  let interruptions = 0;
  // A consumer that has caught up may still be a replica behind: the leader says whether there is more.
  while (await isMoreUpTo(nats, stream, next, to, subject)) {
    try {
      for await (const messages of pulled(nats, { ...stretch, from: next })) {
        signal.throwIfAborted();
        next = messages.at(-1)!.sequence + 1;
        yield messages;
      }
    } catch (error) {
      if ((error as Error).name !== 'PullInterrupted' || ++interruptions > interruptions_max) throw error;
    }
  }
}

/** The first message at or behind a sequence, as the leader has it; null when there is none. */
export async function messageFrom(
  nats: NatsConnection,
  stream: string,
  sequence: number,
  subject = '>',
): Promise<MessagePlace | null> {
  const query = JSON.stringify({ seq: Math.max(sequence, 1), next_by_subj: subject });
  const answer = await nats.request(`$JS.API.STREAM.MSG.GET.${stream}`, query, { timeout: ask_ms_max });
  const { message, error } = answer.json<LeaderAnswer>();
  if (message !== undefined) return { sequence: message.seq, subject: message.subject };
  if (error?.err_code === not_found_code) return null;
  throw new Error(`${stream}: ${error?.description ?? 'neither message nor error'}`);
}

interface LeaderAnswer {
  readonly message?: { readonly seq: number; readonly subject: string };
  readonly error?: { readonly err_code: number; readonly description: string };
}

async function isMoreUpTo(
  nats: NatsConnection,
  stream: string,
  next: number,
  to: number,
  subject?: string,
): Promise<boolean> {
  if (next > to) return false;
  const place = await messageFrom(nats, stream, next, subject);
  return place !== null && place.sequence <= to;
}

/** Ends behind `to`, or where the consumer has nothing more. */
async function* pulled(nats: NatsConnection, { stream, from, to, subject }: Stretch) {
  const filter = subject === undefined ? {} : { filterSubjects: [subject] };
  const pull = await OrderedPull.open(nats, { stream, messagesMax: messages_max, ...filter }, from);
  try {
    for (;;) {
      const batch = await pull.next();
      if (batch === null) return;
      const within = batch.messages.filter(({ sequence }) => sequence <= to);
      if (within.length > 0) yield within;
      if (within.length < batch.messages.length || batch.pendingCount === 0) return;
      if (within.at(-1)!.sequence === to) return;
    }
  } finally {
    await pull.close();
  }
}
