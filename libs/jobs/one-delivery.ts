/**
 * One delivery of a job, from the check whether it is still to be done to its acknowledgement. Whatever happens in between, the
 * job stands in WORK: as itself, as its retry, or as a dead letter.
 */
import type { JsMsg } from '@nats-io/jetstream';
import { counter } from '#observability/metrics.js';
import { jobEnded, step } from '#observability/request-spans.js';
import { childOrNew, spanOf, within } from '#observability/trace.js';
import { deadSubject, laterSubject, workSubject } from '#streams/subjects.js';
import { backOffMs, JobRefused, type AnyJob } from './define-job.js';
import {
  checkedPayload,
  decodeDeadLetter,
  decodeJob,
  encodeMessage,
  type JobMessage,
} from './job-message.js';
import { JobUndecodable } from './job-message.js';
import { scheduledAt, type WorkStream } from './work-stream.js';

/** A delivery that was neither acknowledged nor failed took its runner with it. So often, and the job is given up. */
export const deliveries_max = 5;
export const ack_wait_ms = 30_000;

/** Its deliveries ended without a word. */
class RunnerLost extends Error {
  override readonly name = 'RunnerLost';
}

export interface DeliveryContext {
  readonly work: WorkStream;
  readonly job: AnyJob;
  readonly signal: AbortSignal;
  readonly log: (level: 'warn' | 'error', line: string) => void;
  readonly ackWaitMs?: number;
}

/** Rejects when the store does not answer: the delivery comes again. */
export async function handleDelivery(context: DeliveryContext, delivery: JsMsg): Promise<void> {
  const { job, work } = context;
  const key = delivery.subject.split('.')[2]!;
  let message: JobMessage | null = null;
  const progress = setInterval(() => delivery.working(), (context.ackWaitMs ?? ack_wait_ms) / 3);
  try {
    message = decodeJob(delivery.data);
    if (delivery.redelivered && (await isFollowed(work, job.kind, key, message)))
      return await acknowledge(delivery);
    if (delivery.info.deliveryCount > deliveries_max) throw new RunnerLost();
    await run(context, key, message);
    await acknowledge(delivery);
    counter('odnix.jobs.attempts', { kind: job.kind, outcome: 'done' }).add();
  } catch (error) {
    // What is cut off by a stop has not failed: it is done again by whoever comes next.
    if (context.signal.aborted) return delivery.nak();
    if (error instanceof NotAcknowledged) throw error;
    await fail(context, delivery, key, message, error);
  } finally {
    clearInterval(progress);
  }
}

async function run({ job, signal }: DeliveryContext, key: string, message: JobMessage): Promise<void> {
  const { attempt, traceparent } = message;
  const parent = spanOf(traceparent);
  const { span, ...running } = step(childOrNew(parent), parent);
  const payload = checkedPayload(job, message.payload) as never;
  const idempotencyKey = `${job.kind}.${key}`;
  try {
    await within(span, () => job.run({ payload, idempotencyKey, attempt, traceparent, signal }));
    jobEnded({ span, ...running }, job.kind, attempt);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    if (!signal.aborted) jobEnded({ span, ...running }, job.kind, attempt, name);
    throw error;
  }
}

/** The store says so: a lost acknowledgement repeats the effect. */
async function acknowledge(delivery: JsMsg): Promise<void> {
  if (!(await delivery.ackAck().catch(() => false))) throw new NotAcknowledged();
}

/** Done, or followed; whether the store knows is not known. The delivery comes again, if it does not. */
export class NotAcknowledged extends Error {
  override readonly name = 'NotAcknowledged';
}

/** Whoever had it before stored its retry or its dead letter, and did not come to acknowledging it. */
async function isFollowed(
  work: WorkStream,
  kind: string,
  key: string,
  message: JobMessage,
): Promise<boolean> {
  const later = await work.last(laterSubject(kind, key));
  if (later !== null) {
    const next = decodeJob(later.data);
    const isSame = next.job_id === message.job_id && next.round === message.round;
    if (isSame && next.attempt > message.attempt) return true;
  }
  const dead = await work.last(deadSubject(kind, key));
  if (dead === null) return false;
  const { job_id, round } = decodeDeadLetter(dead.data);
  return job_id === message.job_id && round === message.round;
}

async function fail(
  { job, work, log }: DeliveryContext,
  delivery: JsMsg,
  key: string,
  message: JobMessage | null,
  error: unknown,
): Promise<void> {
  const standing = { subject: delivery.subject, sequence: delivery.seq };
  const nowMs = Date.now();
  const firstMs = message?.first_failed_at_ms ?? nowMs;
  const isLast = message === null || isFinal(error) || message.attempt >= job.attempts_max;
  const reason = reasonOf(error);
  const where = `job ${job.kind} ${key}, attempt ${message?.attempt ?? 1} of ${job.attempts_max}`;
  const stored = isLast
    ? await work.inPlaceOf(standing, {
        subject: deadSubject(job.kind, key),
        data: encodeMessage({
          format: 1,
          job_id: message?.job_id ?? null,
          round: message?.round ?? null,
          reason,
          attempts: message?.attempt ?? 1,
          first_failed_at_ms: firstMs,
          died_at_ms: nowMs,
          traceparent: message?.traceparent ?? null,
          message: Buffer.from(delivery.data).toString('base64'),
        }),
      })
    : await work.inPlaceOf(standing, {
        subject: laterSubject(job.kind, key),
        data: encodeMessage({ ...message, attempt: message.attempt + 1, first_failed_at_ms: firstMs }),
        headers: scheduledAt(
          nowMs + backOffMs(job.backOff, message.attempt, Math.random()),
          workSubject(job.kind, key),
        ),
      });
  // A conflict: done or followed by another runner meanwhile, and then nothing comes again; else it is delivered again.
  if (!stored.ok) throw new NotAcknowledged(`${where}: ${stored.reason}`);
  counter('odnix.jobs.attempts', { kind: job.kind, outcome: isLast ? 'dead' : 'again' }).add();
  if (isLast) log('error', `${where}: dead letter: ${reason} (docs/runbooks/job-dead-lettered.md)`);
  else log('warn', `${where}: ${reason}; tried again`);
  await acknowledge(delivery);
}

const isFinal = (error: unknown): boolean =>
  error instanceof JobRefused || error instanceof JobUndecodable || error instanceof RunnerLost;

/** A class, and a code of a catalogue: what a message says may quote anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  const { code } = error as { code?: unknown };
  const name = /^[A-Za-z0-9_]{1,64}$/.test(error.name) ? error.name : 'Error';
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? `${name} ${code}` : name;
}
