import type { NatsConnection } from '@nats-io/nats-core';
import { publishBatch, type BatchResult } from './atomic-batch.js';
import { last_subjects_max, type DirectGet } from './direct-get.js';
import { StoreDamaged, StoreUnavailable } from './event-store.js';
import type { OutgoingMessage } from './message-headers.js';
import { timelineSubject, userSubject } from './subjects.js';
import type { TimelinePosition } from './timeline-position.js';
import {
  decodePosition,
  decodeEntry,
  decodeUserStreamMessage,
  type NewUserMessage,
  type StoredEntry,
  type UserStreamMessage,
} from './user-stream-message.js';

const tail_wait_ms = 5_000;
const tail_poll_ms = 5;

/**
 * The users' logs as they stand in USER streams.
 *
 * Atomicity: an appended batch is stored whole or not at all. Ordering: a batch that is accepted stands right after
 * `expectedLastSequence`, so two writers can never interleave (I2); batches may be in flight one behind the other, each
 * expecting the last sequence of the one before: when one is refused, all behind it are. Errors: what the store refuses
 * is a value; reads throw StoreUnavailable (retry) or StoreDamaged (bytes or numbering that cannot be: stop).
 * Reads may be answered by a replica that lags by milliseconds, except `lastSequence` and `savedPosition`.
 */
export class UserLog {
  constructor(
    private readonly nc: NatsConnection,
    private readonly directGet: DirectGet,
  ) {}

  append(expectedLastSequence: number, messages: readonly NewUserMessage[]): Promise<BatchResult> {
    return publishBatch(this.nc, messages.map(outgoing), { expectedLastSequence });
  }

  /** The last entries of many users of one stream; who has none is left out. */
  async heads(stream: string, userIds: readonly string[]): Promise<Map<string, StoredEntry>> {
    const found = new Map<string, StoredEntry>();
    for (let from = 0; from < userIds.length; from += last_subjects_max) {
      const subjects = userIds.slice(from, from + last_subjects_max).map(userSubject);
      for (const message of await available(this.directGet.getLastForSubjects(stream, subjects))) {
        const head = decodeEntry(message);
        found.set(head.user_id, head);
      }
    }
    return found;
  }

  /** A user's entries from a stream sequence on (inclusive), ascending; `pendingCount` tells how many are behind them. */
  async entries(
    stream: string,
    userId: string,
    { fromSequence, max }: { readonly fromSequence: number; readonly max: number },
  ): Promise<{ readonly entries: readonly StoredEntry[]; readonly pendingCount: number }> {
    const request = { subject: userSubject(userId), startSequence: fromSequence, max };
    const { messages, pendingCount } = await available(this.directGet.getBatch(stream, request));
    return { entries: messages.map(decodeEntry), pendingCount };
  }

  /** Where the stream ends, by its leader; 0 when it is empty. */
  async lastSequence(stream: string): Promise<number> {
    const answer = await available(this.nc.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: 5_000 }));
    const info = answer.json<{ state?: { last_seq: number } }>();
    if (info.state === undefined) throw new StoreUnavailable(`${stream} told no state`);
    return info.state.last_seq;
  }

  /** The positions that the stream's writer saved last, by its leader. */
  async savedPosition(stream: string): Promise<{ sequence: number; position: TimelinePosition } | null> {
    const read = this.directGet.getLastBySubject(stream, timelineSubject(stream), { leader: true });
    const message = await available(read);
    return message === null ? null : { sequence: message.sequence, position: decodePosition(message) };
  }

  /**
   * Everything in a stream from `fromSequence` to `toSequence` (both inclusive), in pages. A replica that is behind is
   * waited for; a sequence that is not there is damage, because nothing is ever deleted from a USER stream.
   */
  async *scan(
    stream: string,
    fromSequence: number,
    toSequence: number,
    page_messages_max = 500,
  ): AsyncGenerator<readonly UserStreamMessage[]> {
    let next = fromSequence;
    const deadline = () => Date.now() + tail_wait_ms;
    let giveUpAt = deadline();
    while (next <= toSequence) {
      const max = Math.min(page_messages_max, toSequence - next + 1);
      const request = { subject: '>', startSequence: next, max };
      const { messages } = await available(this.directGet.getBatch(stream, request));
      if (messages.length === 0) {
        if (Date.now() > giveUpAt)
          throw new StoreUnavailable(`${stream} does not show ${next} of ${toSequence}`);
        await new Promise((resolve) => setTimeout(resolve, tail_poll_ms));
        continue;
      }
      for (const { sequence } of messages) {
        if (sequence !== next) throw new StoreDamaged(`${stream} has a hole at ${next}`);
        next += 1;
      }
      giveUpAt = deadline();
      yield messages.map((message) => decodeUserStreamMessage(stream, message));
    }
  }
}

function outgoing({ subject, data, afterSequence }: NewUserMessage): OutgoingMessage {
  return afterSequence === undefined
    ? { subject, data }
    : { subject, data, expectedLastSubjectSequence: afterSequence };
}

async function available<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw new StoreUnavailable('a read of a user log got no answer', { cause: error });
  }
}
