import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';
import { StoreUnavailable } from './event-store.js';
import { refusalOf } from './publish-result.js';
import { fromDirectGet, fromLeader } from './stored-message.js';
import type { LeaderMessage, StoredMessage } from './stored-message.js';

/** JetStream's own limit of one `multi_last` request. */
export const last_subjects_max = 1_024;
const get_timeout_ms = 5_000;

export interface GetOptions {
  /** Ask the stream's leader: never stale, and slower. Without it a replica may lag some milliseconds. */
  readonly leader?: boolean;
}

export interface BatchRequest {
  /** One subject, or a pattern. */
  readonly subject: string;
  /** Inclusive. */
  readonly startSequence: number;
  readonly max: number;
  readonly maxBytes?: number;
}

export interface MessageBatch {
  readonly messages: readonly StoredMessage[];
  /** How many more of the subject stood behind the last one when it was read. */
  readonly pendingCount: number;
}

export interface WrittenLasts {
  /** Ascending by sequence. */
  readonly messages: readonly StoredMessage[];
  /** Where the stream ended for whoever answered; null: none of the subjects has a message. */
  readonly upToSequence: number | null;
}

interface Answered extends MessageBatch, WrittenLasts {}

interface LeaderAnswer {
  readonly message?: LeaderMessage;
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
}

const not_found_code = 10037;

/**
 * Reads of stored messages by position or subject, without a consumer.
 *
 * `null` (or an empty list) says that nothing is stored there: never written, or erased; or that the replica asked
 * lags behind, unless it was the leader. No answer in time, a part of one lost, or nobody to answer: throws
 * `StoreUnavailable`. All
 * requests share the connection's one reply subscription, so calls leave nothing behind. The cost of a batch grows
 * with the distance from `startSequence` to the tip, and runs inline on the connection: give bulk readers
 * connections of their own.
 */
export class DirectGet {
  constructor(
    private readonly nc: NatsConnection,
    private readonly timeoutMs: number = get_timeout_ms,
  ) {}

  getBySequence(
    stream: string,
    sequence: number,
    { leader = false }: GetOptions = {},
  ): Promise<StoredMessage | null> {
    const query = { seq: sequence };
    return leader
      ? this.askLeader(stream, query)
      : this.askAny(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query));
  }

  getLastBySubject(
    stream: string,
    subject: string,
    { leader = false }: GetOptions = {},
  ): Promise<StoredMessage | null> {
    if (leader) return this.askLeader(stream, { last_by_subj: subject });
    return this.askAny(`$JS.API.DIRECT.GET.${stream}.${subject}`, '');
  }

  /** The last message of each subject (patterns allowed) that has one; at most 1024 results, ascending by sequence. */
  async getLastForSubjects(stream: string, subjects: readonly string[]): Promise<readonly StoredMessage[]> {
    return subjects.length === 0 ? [] : (await this.lastsAfter(stream, subjects, 0)).messages;
  }

  /** Of at most 1024 subjects, the last messages that stand behind a sequence. */
  async lastsAfter(stream: string, subjects: readonly string[], sequence: number): Promise<WrittenLasts> {
    assert(subjects.length <= last_subjects_max, `at most ${last_subjects_max} subjects a request`);
    const { messages, upToSequence } = await this.askMany(stream, {
      multi_last: subjects,
      seq: sequence + 1,
    });
    return { messages, upToSequence };
  }

  /** The next messages of a subject from a position on, ascending; empty when there is nothing new. */
  async getBatch(
    stream: string,
    { subject, startSequence, max, maxBytes }: BatchRequest,
  ): Promise<MessageBatch> {
    const limits = maxBytes === undefined ? { batch: max } : { batch: max, max_bytes: maxBytes };
    const query = { seq: startSequence, next_by_subj: subject, ...limits };
    const { messages, pendingCount } = await this.askMany(stream, query);
    return { messages, pendingCount };
  }

  /** The subject's first message (patterns allowed) from a sequence on (inclusive), by the stream's leader. */
  firstFrom(stream: string, subject: string, startSequence: number): Promise<StoredMessage | null> {
    return this.askLeader(stream, { seq: startSequence, next_by_subj: subject });
  }

  private async askAny(requestSubject: string, payload: string): Promise<StoredMessage | null> {
    const answer = await this.request(requestSubject, payload);
    const code = statusOf(answer);
    if (code === 0) return fromDirectGet(answer);
    if (code === 404) return null;
    throw unexpected(requestSubject, answer);
  }

  private async askLeader(stream: string, query: object): Promise<StoredMessage | null> {
    const requestSubject = `$JS.API.STREAM.MSG.GET.${stream}`;
    const answer = await this.request(requestSubject, JSON.stringify(query));
    const { message, error } = answer.json<LeaderAnswer>();
    if (message !== undefined) return fromLeader(message);
    if (error?.err_code === not_found_code) return null;
    const text = `${requestSubject}: ${error?.description ?? 'neither message nor error'}`;
    throw error?.code === 503 ? new StoreUnavailable(text) : new Error(text);
  }

  /** Every part of an answer, its end too, names the sequence of the part before it: what was lost in between is seen. */
  private async askMany(stream: string, query: object): Promise<Answered> {
    const requestSubject = `$JS.API.DIRECT.GET.${stream}`;
    const messages: StoredMessage[] = [];
    const assertWhole = (answer: Msg): void => {
      const before = messages.at(-1)?.sequence ?? 0;
      if (lastSequenceOf(answer) !== before)
        throw new StoreUnavailable(`${requestSubject}: a part of the answer was lost after ${before}`);
    };
    try {
      const options = { strategy: 'timer', maxWait: this.timeoutMs } as const;
      for await (const answer of await this.nc.requestMany(requestSubject, JSON.stringify(query), options)) {
        const code = statusOf(answer);
        if (code === 404) return { messages, pendingCount: 0, upToSequence: null };
        if (code !== 0 && code !== 204) throw unexpected(requestSubject, answer);
        assertWhole(answer);
        if (code === 204)
          return { messages, pendingCount: pendingOf(answer), upToSequence: upToSequenceOf(answer) };
        messages.push(fromDirectGet(answer));
      }
    } catch (error) {
      throw error instanceof StoreUnavailable ? error : unavailable(requestSubject, error);
    }
    // The time was over before the end-of-batch status came: what arrived may have holes, so it is not given out.
    throw new StoreUnavailable(`${requestSubject}: no end of batch within ${this.timeoutMs} ms`);
  }

  private async request(requestSubject: string, payload: string): Promise<Msg> {
    try {
      return await this.nc.request(requestSubject, payload, { timeout: this.timeoutMs });
    } catch (error) {
      throw unavailable(requestSubject, error);
    }
  }
}

/** 0 for a message, else the status code that stands in the place of one. */
const statusOf = (answer: Msg): number => answer.headers?.code ?? 0;

const lastSequenceOf = (answer: Msg): number => Number(answer.headers?.get('Nats-Last-Sequence'));

const upToSequenceOf = (answer: Msg): number => Number(answer.headers?.get('Nats-UpTo-Sequence'));

const pendingOf = (answer: Msg): number => Number(answer.headers?.get('Nats-Num-Pending'));

/** A status that no correct request gets: a bug of the caller or a server that speaks otherwise. */
function unexpected(requestSubject: string, answer: Msg): Error {
  return new Error(`${requestSubject}: ${statusOf(answer)} ${answer.headers?.description ?? ''}`);
}

/** The client library's errors become ours; anything else goes on as it is. */
function unavailable(requestSubject: string, error: unknown): StoreUnavailable {
  const { reason } = refusalOf(error);
  return new StoreUnavailable(`${requestSubject}: ${reason}`, { cause: error });
}
