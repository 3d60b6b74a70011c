/** Work that nobody does at the moment. */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { unheldNames } from '#streams/lease-holders.js';
import { streamStandings } from '#streams/stream-standing.js';
import { command_ranges_count } from '#streams/subjects.js';

const work_stream = 'WORK';
const due_subjects = 'work.>';
/** Jobs that wait for their time stand before those that are due. */
const jobs_looked_at_max = 1_000;

const commandRanges = (['chat', 'account'] as const).flatMap((target) =>
  Array.from({ length: command_ranges_count }, (_, range) => `${target}-${range}`),
);

export const unservedRanges = (nats: NatsConnection): Promise<readonly string[]> =>
  unheldNames(nats, 'command', commandRanges);

export const unwrittenLogs = (nats: NatsConnection, streamsPerFamily: number): Promise<readonly string[]> => {
  const streams = Array.from({ length: streamsPerFamily }, (_, index) => `USER_${index}`);
  return unheldNames(nats, 'timeline', streams);
};

export interface OldestJob {
  readonly subject: string;
  readonly sequence: number;
  readonly seconds: number;
}

/** Of the jobs that are due: a job goes when it was acknowledged. Null: none is waiting. */
export async function oldestJob(nats: NatsConnection, nowMs: number): Promise<OldestJob | null> {
  if (!(await streamStandings(nats)).has(work_stream)) return null;
  const direct = new DirectGet(nats);
  const first = await direct.firstFrom(work_stream, due_subjects, 1);
  if (first === null) return null;
  const request = { subject: due_subjects, startSequence: first.sequence, max: jobs_looked_at_max };
  const { messages } = await direct.getBatch(work_stream, request);
  const oldest = messages.find(({ headers }) => !headers.has('Nats-Schedule'));
  if (oldest === undefined) return null;
  const { subject, sequence, timeMs } = oldest;
  return { subject, sequence, seconds: Math.round(Math.max(0, nowMs - timeMs) / 100) / 10 };
}
