import { MsgHdrsImpl } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';

/** JetStream's own limit of one `multi_last` request. */
export const last_subjects_max = 1_024;
const get_timeout_ms = 5_000;

/** One stored message as it stands in its stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** The publisher's headers; a direct get adds JetStream's own (`Nats-Stream`, `Nats-Sequence`, ...). */
  readonly headers: MsgHdrs;
  readonly timeMs: number;
}

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

/** A read that got no answer or an answer that is neither a message nor "there is none". */
export class ReadFailed extends Error {
  override readonly name = 'ReadFailed';
}

interface LeaderAnswer {
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly hdrs?: string;
    readonly data?: string;
    readonly time: string;
  };
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
}

const not_found_code = 10037;

/**
 * Reads of stored messages by position or subject, without a consumer.
 *
 * `null` (or an empty list) says that nothing is stored there: never written, or erased. Everything else that is
 * not a message throws: `ReadFailed`, or the connection's own error. All requests share the connection's one
 * reply subscription, so calls leave nothing behind. The cost of a batch grows with the distance from
 * `startSequence` to the tip, and runs inline on the connection: give bulk readers connections of their own.
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
    assert(subjects.length <= last_subjects_max, `at most ${last_subjects_max} subjects a request`);
    if (subjects.length === 0) return [];
    return (await this.askMany(stream, { multi_last: subjects })).messages;
  }

  /** The next messages of a subject from a position on, ascending; empty when there is nothing new. */
  getBatch(stream: string, { subject, startSequence, max, maxBytes }: BatchRequest): Promise<MessageBatch> {
    const limits = maxBytes === undefined ? { batch: max } : { batch: max, max_bytes: maxBytes };
    return this.askMany(stream, { seq: startSequence, next_by_subj: subject, ...limits });
  }

  private async askAny(requestSubject: string, payload: string): Promise<StoredMessage | null> {
    const answer = await this.nc.request(requestSubject, payload, { timeout: this.timeoutMs });
    const code = statusOf(answer);
    if (code === 0) return storedMessage(answer);
    if (code === 404) return null;
    throw failure(requestSubject, answer);
  }

  private async askLeader(stream: string, query: object): Promise<StoredMessage | null> {
    const requestSubject = `$JS.API.STREAM.MSG.GET.${stream}`;
    const answer = await this.nc.request(requestSubject, JSON.stringify(query), { timeout: this.timeoutMs });
    const { message, error } = answer.json<LeaderAnswer>();
    if (error?.err_code === not_found_code) return null;
    if (message === undefined)
      throw new ReadFailed(`${requestSubject}: ${error?.description ?? 'no message'}`);
    return {
      sequence: message.seq,
      subject: message.subject,
      data: Buffer.from(message.data ?? '', 'base64'),
      headers:
        message.hdrs === undefined
          ? new MsgHdrsImpl()
          : MsgHdrsImpl.decode(Buffer.from(message.hdrs, 'base64')),
      timeMs: Date.parse(message.time),
    };
  }

  private async askMany(stream: string, query: object): Promise<MessageBatch> {
    const requestSubject = `$JS.API.DIRECT.GET.${stream}`;
    const messages: StoredMessage[] = [];
    const options = { strategy: 'timer', maxWait: this.timeoutMs } as const;
    for await (const answer of await this.nc.requestMany(requestSubject, JSON.stringify(query), {
      ...options,
    })) {
      const code = statusOf(answer);
      if (code === 0) messages.push(storedMessage(answer));
      else if (code === 404) return { messages, pendingCount: 0 };
      else if (code === 204)
        return { messages, pendingCount: Number(answer.headers?.get('Nats-Num-Pending')) };
      else throw failure(requestSubject, answer);
    }
    // The time was over before the end-of-batch status came: what arrived may have holes, so it is not given out.
    throw new ReadFailed(`${requestSubject}: no end of batch within ${this.timeoutMs} ms`);
  }
}

/** 0 for a message, else the status code that stands in the place of one. */
function statusOf(answer: Msg): number {
  return answer.headers?.code ?? 0;
}

function storedMessage(answer: Msg): StoredMessage {
  const { headers, data } = answer;
  assert(headers !== undefined && headers.has('Nats-Sequence'), 'a direct get answered without a sequence');
  return {
    sequence: Number(headers.get('Nats-Sequence')),
    subject: headers.get('Nats-Subject'),
    data,
    headers,
    timeMs: Date.parse(headers.get('Nats-Time-Stamp')),
  };
}

function failure(requestSubject: string, answer: Msg): ReadFailed {
  return new ReadFailed(`${requestSubject}: ${statusOf(answer)} ${answer.headers?.description ?? ''}`);
}
