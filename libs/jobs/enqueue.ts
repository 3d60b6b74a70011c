/** Has a job done, now or later. */
import { v7 as uuidv7 } from 'uuid';
import { traceparent } from '#observability/trace.js';
import { publishOne } from '#streams/publish-one.js';
import { laterSubject, workSubject } from '#streams/subjects.js';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Job } from './define-job.js';
import { checkedPayload, encodeMessage, type JobMessage } from './job-message.js';
import { scheduledAt } from './work-stream.js';

export interface NewJob<Payload> {
  /** The idempotency key: one effect. Up to 128 letters, digits, dashes and underscores. */
  readonly key: string;
  readonly payload: Payload;
  /** At once unless given. */
  readonly notBeforeMs?: number;
}

/** It is not known whether it was stored, or it was not: enqueueing it again is harmless. */
export class NotEnqueued extends Error {
  override readonly name = 'NotEnqueued';
}

/**
 * Resolves when the job is stored: from then on it is done at least once, or stands in the dead letters. A job of the same kind
 * and key that waits already is left as it is, and so is one that was enqueued within the store's duplicate window (two
 * minutes), done or not; later than that the effect's own idempotency has to tell. Throws JobUndecodable for a wrong payload.
 */
export async function enqueue<Payload extends object>(
  nats: NatsConnection,
  job: Job<Payload>,
  { key, payload, notBeforeMs }: NewJob<Payload>,
): Promise<'enqueued' | 'known'> {
  checkedPayload(job, { ...payload });
  const message: JobMessage = {
    format: 1,
    job_id: uuidv7(),
    round: 0,
    attempt: 1,
    enqueued_at_ms: Date.now(),
    first_failed_at_ms: null,
    traceparent: traceparent(),
    payload: { ...payload },
  };
  const target = workSubject(job.kind, key);
  const isLater = notBeforeMs !== undefined && notBeforeMs > Date.now();
  const result = await publishOne(nats, {
    subject: isLater ? laterSubject(job.kind, key) : target,
    data: encodeMessage(message),
    headers: isLater ? scheduledAt(notBeforeMs, target) : {},
    expectedLastSubjectSequence: 0,
    msgId: `${job.kind}.${key}`,
  });
  if (result.ok) return 'enqueued';
  if (result.reason === 'duplicate' || result.reason === 'conflict') return 'known';
  throw new NotEnqueued(`${job.kind}: ${result.reason}`);
}
