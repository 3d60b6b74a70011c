import { MsgHdrsImpl } from '@nats-io/nats-core';
import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';

/** One stored message as it stands in its stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** The publisher's headers; a direct get adds JetStream's own (`Nats-Stream`, `Nats-Sequence`, ...). */
  readonly headers: MsgHdrs;
  /** The store's own time of writing. */
  readonly timeMs: number;
}

/** As a direct get gives it: the message as it was, its place in headers. */
export function fromDirectGet({ headers, data }: Msg): StoredMessage {
  assert(headers !== undefined && headers.has('Nats-Sequence'), 'a direct get answered without a sequence');
  return {
    sequence: Number(headers.get('Nats-Sequence')),
    subject: headers.get('Nats-Subject'),
    data,
    headers,
    timeMs: Date.parse(headers.get('Nats-Time-Stamp')),
  };
}

/** `message` in an answer of `STREAM.MSG.GET`: JSON, the bytes in base64. */
export interface LeaderMessage {
  readonly subject: string;
  readonly seq: number;
  readonly hdrs?: string;
  readonly data?: string;
  readonly time: string;
}

export function fromLeader({ subject, seq, hdrs, data, time }: LeaderMessage): StoredMessage {
  return {
    sequence: seq,
    subject,
    data: Buffer.from(data ?? '', 'base64'),
    headers: hdrs === undefined ? new MsgHdrsImpl() : MsgHdrsImpl.decode(Buffer.from(hdrs, 'base64')),
    timeMs: Date.parse(time),
  };
}

/** As a consumer delivers it. */
export interface Delivery {
  readonly message: StoredMessage;
  /** Counts what this consumer delivered: 1, 2, 3, ... */
  readonly deliverySequence: number;
  /** How many more stood behind it when it was delivered. */
  readonly pendingCount: number;
}

/** Whether it is one, and not something that the server says of the consumer. */
export const isDelivery = ({ reply }: Msg): boolean => reply?.startsWith('$JS.ACK.') === true;

/**
 * The place is in the reply subject: `$JS.ACK.<stream>.<consumer>.…`, with two more tokens where domains are shown. Headers are
 * read when somebody asks for them.
 */
export function fromConsumer(delivered: Msg): Delivery {
  const { reply, subject, data } = delivered;
  const tokens = reply?.split('.') ?? [];
  assert(tokens.length >= 9 && tokens[1] === 'ACK', 'a consumer delivered without telling the place');
  const [sequence, deliverySequence, timeNs, pending] = tokens.slice(tokens.length === 9 ? 5 : 7).map(Number);
  return {
    message: {
      sequence: sequence!,
      subject,
      data,
      get headers() {
        return delivered.headers ?? new MsgHdrsImpl();
      },
      timeMs: Math.floor(timeNs! / 1_000_000),
    },
    deliverySequence: deliverySequence!,
    pendingCount: pending!,
  };
}
