/** Writes histories to real streams, as they would stand there. */
import type { NatsConnection } from '@nats-io/nats-core';
import { encodeDecision } from '#domain/catalogue.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import { publishBatch } from '#streams/atomic-batch.js';
import { accountSubject, chatSubject, userSubject } from '#streams/subjects.js';
import { newEntry } from '#streams/user-stream-message.js';

const batch_records_max = 500;

/** Ascending by sequence, of a stream that nobody else writes to: each must land where its history says. */
export async function storeRecords(nc: NatsConnection, records: readonly ProjectedRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += batch_records_max) {
    const some = records.slice(from, from + batch_records_max);
    const { stream, sequence } = some[0]!;
    const stored = await publishBatch(nc, some.map(messageOf));
    if (!stored.ok || stored.firstSequence !== sequence)
      throw new Error(`${stream} ${sequence} was not stored there: ${JSON.stringify(stored)}`);
  }
}

const messageOf = (record: ProjectedRecord) =>
  record.stream.startsWith('USER') ? entryOf(record) : decisionOf(record);

function decisionOf({ stream, aggregate_id, decision, events, stored }: ProjectedRecord) {
  const header = { state_at: 0, since: [], members_at: 0 };
  const whole = { format: 1, ...decision, header, events } as unknown as Parameters<typeof encodeDecision>[0];
  const subjectOf = stream.startsWith('ACCOUNT') ? accountSubject : chatSubject;
  // No release writes what one before it wrote.
  const old = stored && new TextEncoder().encode(JSON.stringify({ ...whole, events: stored }));
  return { subject: subjectOf(aggregate_id), data: old ?? encodeDecision(whole) };
}

function entryOf({ aggregate_id, events }: ProjectedRecord) {
  const event = events[0] as UserStreamEvent;
  if (event.type !== 'EntryAppended') throw new Error('only entries are stored here');
  const { data } = newEntry(aggregate_id, event.entry);
  return { subject: userSubject(aggregate_id), data };
}
