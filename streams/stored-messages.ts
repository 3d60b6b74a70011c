import type { NatsConnection } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';
import { DirectGet } from './direct-get.js';
import { OrderedPull, PullInterrupted, type PulledBatch } from './ordered-pull.js';

const page_messages_max = 500;
const interruptions_max = 5;

/** A consumer's filters: with more of them the servers take long to make it. */
export const stored_subjects_max = 256;

export interface StoredRange {
  readonly stream: string;
  /** All of the stream's unless given; several, `stored_subjects_max` at most, none of which holds another, with `subjects`. */
  readonly subject?: string;
  readonly subjects?: readonly string[];
  /** Inclusive, both. */
  readonly fromSequence: number;
  readonly toSequence: number;
}

/**
 * What stands in a part of a stream, or of some subjects in it, oldest first, in pages: no more than a page is held. It ends
 * where the leader has nothing more of it; what is written meanwhile may or may not come along. Throws when the signal is
 * aborted, and PullInterrupted when the servers interrupt again and again without giving anything.
 */
export async function* storedMessages(
  nc: NatsConnection,
  { stream, subject, subjects, fromSequence, toSequence }: StoredRange,
  signal: AbortSignal,
): AsyncGenerator<PulledBatch> {
  const direct = new DirectGet(nc);
  const filterSubjects = subjects ?? (subject === undefined ? ['>'] : [subject]);
  assert(filterSubjects.length <= stored_subjects_max, `at most ${stored_subjects_max} subjects a consumer`);
  let next = fromSequence;
  for (let interruptions = 0; ;) {
    // By the leader: a consumer waits for ever where there is nothing, and a replica may not know yet that there is.
    const from = next;
    const firsts = await Promise.all(filterSubjects.map((one) => direct.firstFrom(stream, one, from)));
    if (!firsts.some((first) => first !== null && first.sequence <= toSequence)) return;
    const options = { stream, messagesMax: page_messages_max, filterSubjects };
    const pull = await OrderedPull.open(nc, options, next);
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
