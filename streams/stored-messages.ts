import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { OrderedPull, PullInterrupted, type PulledBatch } from './ordered-pull.js';

const page_messages_max = 500;
const interruptions_max = 5;

export interface StoredRange {
  readonly stream: string;
  /** All of the stream's unless given. */
  readonly subject?: string;
  /** Inclusive, both. */
  readonly fromSequence: number;
  readonly toSequence: number;
}

/**
 * What stands in a part of a stream, or of one subject in it, oldest first, in pages: no more than a page is held. It ends
 * where the leader has nothing more of it; what is written meanwhile may or may not come along. Throws when the signal is
 * aborted, and PullInterrupted when the servers interrupt again and again without giving anything.
 */
export async function* storedMessages(
  nc: NatsConnection,
  { stream, subject, fromSequence, toSequence }: StoredRange,
  signal: AbortSignal,
): AsyncGenerator<PulledBatch> {
  const direct = new DirectGet(nc);
  const filter = subject === undefined ? {} : { filterSubjects: [subject] };
  let next = fromSequence;
  for (let interruptions = 0; ;) {
    // By the leader: a consumer waits for ever where there is nothing, and a replica may not know yet that there is.
    const first = await direct.firstFrom(stream, subject ?? '>', next);
    if (first === null || first.sequence > toSequence) return;
    const pull = await OrderedPull.open(nc, { stream, messagesMax: page_messages_max, ...filter }, next);
    const close = () => void pull.close();
    signal.addEventListener('abort', close);
    try {
      for (let pendingCount = 1; pendingCount > 0 && next <= toSequence;) {
        const batch = await pull.next();
        signal.throwIfAborted();
        if (batch === null) return;
        interruptions = 0;
        next = batch.messages.at(-1)!.sequence + 1;
        pendingCount = batch.pendingCount;
        const messages = batch.messages.filter(({ sequence }) => sequence <= toSequence);
        if (messages.length > 0) yield { messages, pendingCount };
      }
    } catch (error) {
      if (!(error instanceof PullInterrupted) || ++interruptions > interruptions_max) throw error;
    } finally {
      signal.removeEventListener('abort', close);
      await pull.close();
    }
  }
}
