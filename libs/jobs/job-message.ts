/** A job and a dead letter as they stand in WORK: JSON, of format 1. Kind and key are in the subject alone. */
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { Job } from './define-job.js';

export interface JobMessage {
  readonly format: 1;
  /** A UUID: of several jobs of one key, one after the other, which one. */
  readonly job_id: string;
  /** How often an operator has had it tried anew. */
  readonly round: number;
  /** From 1, in each round. */
  readonly attempt: number;
  readonly enqueued_at_ms: number;
  readonly first_failed_at_ms: number | null;
  readonly traceparent: string;
  readonly payload: object;
}

export interface DeadLetter {
  readonly format: 1;
  /** Null, as `round`: it could not be decoded. */
  readonly job_id: string | null;
  readonly round: number | null;
  /** The error's class, and its code where it has one; never its message. */
  readonly reason: string;
  readonly attempts: number;
  readonly first_failed_at_ms: number;
  readonly died_at_ms: number;
  readonly traceparent: string | null;
  /** The message as it was, in base64. */
  readonly message: string;
}

/** Not a job's message, or not this job's payload. Names fields at most. */
export class JobUndecodable extends Error {
  override readonly name = 'JobUndecodable';
}

export const encodeMessage = (message: JobMessage | DeadLetter): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(message));

export function decodeJob(data: Uint8Array): JobMessage {
  const found = parsed(data) as Partial<JobMessage>;
  const isWhole =
    found.format === 1 &&
    typeof found.job_id === 'string' &&
    [found.round, found.attempt, found.enqueued_at_ms].every(Number.isSafeInteger) &&
    (found.first_failed_at_ms === null || Number.isSafeInteger(found.first_failed_at_ms)) &&
    typeof found.traceparent === 'string' &&
    typeof found.payload === 'object' &&
    found.payload !== null;
  if (!isWhole) throw new JobUndecodable('not a job of format 1');
  return found as JobMessage;
}

export function decodeDeadLetter(data: Uint8Array): DeadLetter {
  const found = parsed(data) as Partial<DeadLetter>;
  if (found.format !== 1 || typeof found.message !== 'string' || typeof found.reason !== 'string')
    throw new JobUndecodable('not a dead letter of format 1');
  return found as DeadLetter;
}

export function checkedPayload<Payload extends object>(
  job: Pick<Job<Payload>, 'payload'>,
  plain: object,
): Payload {
  const payload = plainToInstance(job.payload, plain);
  const wrong = validateSync(payload, { whitelist: true, forbidNonWhitelisted: true });
  if (wrong.length > 0)
    throw new JobUndecodable(`wrong in the payload: ${wrong.map(({ property }) => property).join(', ')}`);
  return payload;
}

function parsed(data: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, without a parser's message: it quotes what it read.
  }
  throw new JobUndecodable('not a JSON object');
}
