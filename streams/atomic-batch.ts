import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';
import { encodeHeaders, fits, headersOf } from './message-headers.js';
import type { OutgoingMessage } from './message-headers.js';
import { isRefusal, readAnswer, refusalOf } from './publish-result.js';
import type { PublishRefusal } from './publish-result.js';

/** JetStream's own limit. */
export const batch_messages_max = 1_000;
const batch_timeout_ms = 5_000;

export interface BatchOptions {
  /** Fences the batch: the stream's last sequence (any subject) must be this one. */
  readonly expectedLastSequence?: number;
  readonly timeoutMs?: number;
}

export type BatchResult =
  { readonly ok: true; readonly firstSequence: number; readonly lastSequence: number } | PublishRefusal;

/**
 * Stores several messages of one stream, all or none, in the order given.
 *
 * A committed batch stands in the stream without a foreign message in between: sequences `firstSequence` to
 * `lastSequence`, one each. Stored formats point inside a batch relative to a message's own sequence and rely
 * on it. Only the last message awaits an answer, because the server tells every failure there; the others are
 * sent without a reply address, so the whole batch costs one round trip.
 *
 * An expected subject sequence may stand on a subject's first message of the batch only (the server's rule).
 * After `timeout` the batch may have been stored, whole; after any other refusal none of it was.
 */
export async function publishBatch(
  nc: NatsConnection,
  messages: readonly OutgoingMessage[],
  { expectedLastSequence, timeoutMs = batch_timeout_ms }: BatchOptions = {},
): Promise<BatchResult> {
  assert(messages.length > 0, 'an atomic batch needs a message');
  assertFirstMentionOnly(messages);
  if (messages.length > batch_messages_max) return { ok: false, reason: 'too_large' };
  const headers = batchHeaders(messages, expectedLastSequence);
  if (!messages.every((message, i) => fits(nc, message.data, headers[i] ?? {}))) {
    return { ok: false, reason: 'too_large' };
  }
  try {
    return await send(nc, messages, headers, timeoutMs);
  } catch (error) {
    return refusalOf(error);
  }
}

function assertFirstMentionOnly(messages: readonly OutgoingMessage[]): void {
  const met = new Set<string>();
  for (const { subject, expectedLastSubjectSequence } of messages) {
    assert(
      expectedLastSubjectSequence === undefined || !met.has(subject),
      'only the first message of a subject in a batch may expect a sequence',
    );
    met.add(subject);
  }
}

/** One message is whole by itself: the server is not made to collect it first. */
function batchHeaders(messages: readonly OutgoingMessage[], expectedLastSequence: number | undefined) {
  const all = messages.map(headersOf);
  if (expectedLastSequence !== undefined) {
    all[0]!['Nats-Expected-Last-Sequence'] = String(expectedLastSequence);
  }
  if (all.length === 1) return all;
  const batchId = randomUUID();
  for (const [i, headers] of all.entries()) {
    headers['Nats-Batch-Id'] = batchId;
    headers['Nats-Batch-Sequence'] = String(i + 1);
  }
  all.at(-1)!['Nats-Batch-Commit'] = '1';
  return all;
}

async function send(
  nc: NatsConnection,
  messages: readonly OutgoingMessage[],
  headers: readonly Record<string, string>[],
  timeoutMs: number,
): Promise<BatchResult> {
  const last = messages.length - 1;
  for (let i = 0; i < last; i += 1) {
    const { subject, data } = messages[i]!;
    nc.publish(subject, data, { headers: encodeHeaders(headers[i]!) });
  }
  const commit = messages[last]!;
  const options = { headers: encodeHeaders(headers[last]!), timeout: timeoutMs };
  const answer = readAnswer(await nc.request(commit.subject, commit.data, options));
  if (isRefusal(answer)) return answer;
  const lastSequence = answer.seq ?? 0;
  if (answer.duplicate === true) return { ok: false, reason: 'duplicate', duplicateOf: lastSequence };
  assert(
    (answer.count ?? 1) === messages.length,
    'the store committed another number of messages than were sent',
  );
  return { ok: true, firstSequence: lastSequence - last, lastSequence };
}
