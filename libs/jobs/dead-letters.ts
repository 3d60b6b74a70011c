/** Jobs that were given up: looked at, tried anew, or discarded. They stand in WORK until then. */
import type { NatsConnection } from '@nats-io/nats-core';
import { last_subjects_max, DirectGet } from '#streams/direct-get.js';
import { publishOne } from '#streams/publish-one.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { deadSubjects, workSubject } from '#streams/subjects.js';
import { decodeDeadLetter, decodeJob, encodeMessage, type DeadLetter } from './job-message.js';
import { work_stream } from './work-stream.js';

export interface FoundLetter extends DeadLetter {
  /** Its sequence in WORK. */
  readonly id: number;
  readonly kind: string;
  readonly key: string;
}

const page_max = last_subjects_max;

/** Ascending by id, which follow `after`; at most `limit`, and then `more`. */
export async function listDeadLetters(
  nats: NatsConnection,
  { kind, after = 0, limit = page_max }: { kind?: string | undefined; after?: number; limit?: number },
): Promise<{ letters: readonly FoundLetter[]; more: boolean }> {
  const wanted = Math.min(limit, page_max - 1) + 1;
  const direct = new DirectGet(nats);
  const request = { subject: deadSubjects(kind), startSequence: after + 1, max: wanted };
  const { messages } = await direct.getBatch(work_stream, request);
  return { letters: messages.slice(0, wanted - 1).map(found), more: messages.length === wanted };
}

export async function findDeadLetter(nats: NatsConnection, id: number): Promise<FoundLetter | null> {
  const message = await new DirectGet(nats).getBySequence(work_stream, id, { leader: true });
  return message?.subject.startsWith('dead.') ? found(message) : null;
}

/**
 * Puts its job back, from the first attempt, and then takes the letter away. Interrupted in between, both stand, and it may be
 * asked again: a job that waits already is left as it is.
 */
export async function retryDeadLetter(nats: NatsConnection, letter: FoundLetter): Promise<void> {
  const result = await publishOne(nats, {
    subject: workSubject(letter.kind, letter.key),
    data: anew(letter),
    expectedLastSubjectSequence: 0,
  });
  if (!result.ok && result.reason !== 'conflict')
    throw new Error(`the job of dead letter ${letter.id} was not stored: ${result.reason}`);
  await discardDeadLetter(nats, letter.id);
}

/** For good. Harmless to repeat. */
export async function discardDeadLetter(nats: NatsConnection, id: number): Promise<void> {
  const request = JSON.stringify({ seq: id, no_erase: false });
  const answer = await nats.request(`$JS.API.STREAM.MSG.DELETE.${work_stream}`, request);
  const { success, error } = answer.json<{ success?: boolean; error?: { err_code?: number } }>();
  if (success !== true && error?.err_code !== not_found_code)
    throw new Error(`dead letter ${id} was not deleted (${error?.err_code ?? 'no reason'})`);
}

const not_found_code = 10057;

/** What could not be decoded goes back as it was: a later release may know it. */
function anew({ round, message }: FoundLetter): Uint8Array {
  const data = Buffer.from(message, 'base64');
  if (round === null) return data;
  return encodeMessage({ ...decodeJob(data), round: round + 1, attempt: 1, first_failed_at_ms: null });
}

function found({ sequence, subject, data }: StoredMessage): FoundLetter {
  const [, kind, key] = subject.split('.');
  return { ...decodeDeadLetter(data), id: sequence, kind: kind!, key: key! };
}
