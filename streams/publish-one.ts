import type { NatsConnection } from '@nats-io/nats-core';
import { encodeHeaders, fits, headersOf } from './message-headers.js';
import type { OutgoingMessage } from './message-headers.js';
import { isRefusal, readAnswer, refusalOf } from './publish-result.js';
import type { PublishRefusal } from './publish-result.js';

const publish_timeout_ms = 5_000;

export type PublishOneResult = { readonly ok: true; readonly sequence: number } | PublishRefusal;

/**
 * Stores one message and answers after the store's acknowledgement, never before.
 *
 * Nothing is retried here. After `timeout` the message may have been stored; after every other refusal it was
 * not (by this call). `duplicate` carries the sequence of the earlier message when the store tells it. Throws
 * `PublishRejected` for what no retry mends.
 */
export async function publishOne(
  nc: NatsConnection,
  message: OutgoingMessage,
  { timeoutMs = publish_timeout_ms }: { readonly timeoutMs?: number } = {},
): Promise<PublishOneResult> {
  const headers = headersOf(message);
  if (!fits(nc, message.data, headers)) return { ok: false, reason: 'too_large' };
  try {
    const options = { headers: encodeHeaders(headers), timeout: timeoutMs };
    const answer = readAnswer(await nc.request(message.subject, message.data, options));
    if (isRefusal(answer)) return answer;
    const sequence = answer.seq ?? 0;
    if (answer.duplicate === true) return { ok: false, reason: 'duplicate', duplicateOf: sequence };
    return { ok: true, sequence };
  } catch (error) {
    return refusalOf(error);
  }
}
