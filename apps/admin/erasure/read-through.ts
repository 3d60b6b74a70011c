/** A stream's decisions from one place to another, in bounded memory, past whatever interrupts the reading. */
import type { ChatDecision } from '#domain/chat/state.js';
import { decodeDecision } from '#streams/decision-codec.js';
import type { StoredDecision } from '#streams/event-store.js';
import { StreamReader } from '#streams/stream-reader.js';
import type { AdminContext } from '../operation.js';

export type StoredChatDecision = StoredDecision<ChatDecision>;

export interface Stretch {
  readonly stream: string;
  /** Inclusive. */
  readonly from: number;
  /** Inclusive; something stands there or after it, now and later: a chat's head is never erased. */
  readonly to: number;
  /** These chats' decisions only; each has one. */
  readonly subjects?: readonly string[];
}

/** `take` answers true to stop before the end; resolves with the place up to which it was given everything. */
export async function readThrough(
  { nats, signal }: Pick<AdminContext, 'nats' | 'signal'>,
  { stream, from, to, subjects }: Stretch,
  take: (decision: StoredChatDecision) => boolean | void,
): Promise<number> {
  if (from > to) return to;
  const ended = Promise.withResolvers<number>();
  let isOver = false;
  const end = (at: number): void => {
    isOver = true;
    ended.resolve(at);
  };
  const reader = new StreamReader(nats, {
    stream,
    startSequence: from,
    ...(subjects === undefined ? {} : { filterSubjects: subjects }),
    onBatch: async ({ messages, pendingCount }) => {
      for (const message of messages) {
        if (isOver) return;
        if (message.sequence > to) return end(to);
        const stop = take(decodeDecision(stream, message) as StoredChatDecision);
        if (stop === true || message.sequence === to) return end(message.sequence);
      }
      if (pendingCount === 0) end(to);
    },
  });
  const cancel = () => ended.reject(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await Promise.race([ended.promise, reader.closed.then(() => to)]);
  } finally {
    signal.removeEventListener('abort', cancel);
    await reader.stop();
  }
}
