import type { NatsConnection } from '@nats-io/nats-core';
import { histogram } from '#observability/metrics.js';
import { assert } from '#domain/kernel/assert.js';
import type { Decision } from '#domain/kernel/decision.js';
import { appendEnded } from '#observability/request-spans.js';
import { publishBatch } from './atomic-batch.js';
import { decodeDecision, encodeDecision } from './decision-codec.js';
import { DirectGet } from './direct-get.js';
import { append_decisions_max } from './event-store.js';
import type { AppendResult, EventStore, LoadedAggregate, StoredDecision } from './event-store.js';
import { loadAggregate } from './load-aggregate.js';
import type { OutgoingMessage } from './message-headers.js';
import { publishOne } from './publish-one.js';
import type { PublishRefusal } from './publish-result.js';
import { streamOfSubject } from './subjects.js';

/** At most this many reads of one call wait for their answers at the same time. */
const reads_in_flight_max = 256;

export interface NatsEventStoreOptions {
  /** As in the topology that was applied. */
  readonly streamsPerFamily: number;
  /** How long one request waits for its answer; 5 s unless told. */
  readonly timeoutMs?: number;
}

/**
 * The event store on JetStream. Reads ask any replica; what a replica does not have is asked of the leader before it is
 * called missing, because a replica that lags some milliseconds looks the same as one whose message was erased.
 */
export class NatsEventStore implements EventStore {
  private readonly direct: DirectGet;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: NatsEventStoreOptions,
  ) {
    this.direct = new DirectGet(nc, options.timeoutMs);
  }

  async load(subject: string, { fresh = false }: { fresh?: boolean } = {}): Promise<LoadedAggregate | null> {
    const stream = this.streamOf(subject);
    const head =
      (fresh ? null : await this.direct.getLastBySubject(stream, subject)) ??
      (await this.direct.getLastBySubject(stream, subject, { leader: true }));
    if (head === null) return null;
    return loadAggregate(decodeDecision(stream, head), (sequences) => this.readMany(stream, sequences));
  }

  async read(stream: string, sequence: number): Promise<StoredDecision | null> {
    const message =
      (await this.direct.getBySequence(stream, sequence)) ??
      (await this.direct.getBySequence(stream, sequence, { leader: true }));
    return message === null ? null : decodeDecision(stream, message);
  }

  async readMany(stream: string, sequences: readonly number[]): Promise<(StoredDecision | null)[]> {
    const found: (StoredDecision | null)[] = [];
    for (let i = 0; i < sequences.length; i += reads_in_flight_max) {
      const some = sequences.slice(i, i + reads_in_flight_max);
      found.push(...(await Promise.all(some.map((sequence) => this.read(stream, sequence)))));
    }
    return found;
  }

  async append(
    subject: string,
    expectedSequence: number,
    decisions: readonly Decision[],
    messageIds?: readonly (string | null)[],
  ): Promise<AppendResult> {
    assert(
      decisions.length >= 1 && decisions.length <= append_decisions_max,
      'append takes 1 to 64 decisions',
    );
    assert(
      messageIds === undefined || messageIds.length === decisions.length,
      'one message id a decision, or null',
    );
    const [first, ...others] = decisions.map((decision, i) => outgoing(subject, decision, messageIds?.[i]));
    const guarded = { ...first!, expectedLastSubjectSequence: expectedSequence };
    const append = () =>
      others.length === 0 ? this.appendOne(guarded) : this.appendBatch([guarded, ...others]);
    return traced(subject, decisions, append);
  }

  appendUnguarded(subject: string, decision: Decision, messageId?: string): Promise<AppendResult> {
    return traced(subject, [decision], () => this.appendOne(outgoing(subject, decision, messageId)));
  }

  private async appendOne(message: OutgoingMessage): Promise<AppendResult> {
    const stream = this.streamOf(message.subject);
    const sentMs = performance.now();
    const result = await publishOne(this.nc, message, this.options);
    return measured(stream, sentMs, result.ok ? appended(stream, result.sequence) : refused(result));
  }

  private async appendBatch(messages: readonly OutgoingMessage[]): Promise<AppendResult> {
    const stream = this.streamOf(messages[0]!.subject);
    const sentMs = performance.now();
    const result = await publishBatch(this.nc, messages, this.options);
    return measured(stream, sentMs, result.ok ? appended(stream, result.firstSequence) : refused(result));
  }

  private streamOf(subject: string): string {
    return streamOfSubject(subject, this.options.streamsPerFamily);
  }
}

async function traced(
  subject: string,
  decisions: readonly Decision[],
  append: () => Promise<AppendResult>,
): Promise<AppendResult> {
  const startMs = performance.now();
  const result = await append();
  const traceparents = decisions.map(({ meta }) => meta.traceparent);
  const stored = result.kind === 'appended' ? result : result.kind;
  appendEnded({ startMs, family: familyOf(subject), traceparents, stored });
  return result;
}

/** `phone.` subjects stand in the ACCOUNT streams. */
function familyOf(subject: string): string {
  const [first] = subject.split('.', 1);
  return first === 'phone' ? 'ACCOUNT' : (first ?? '').toUpperCase();
}

function outgoing(
  subject: string,
  decision: Decision,
  messageId: string | null | undefined,
): OutgoingMessage {
  const message = { subject, data: encodeDecision(decision) };
  return messageId == null ? message : { ...message, msgId: messageId };
}

const appended = (stream: string, firstSequence: number): AppendResult => ({
  kind: 'appended',
  stream,
  firstSequence,
});

function measured(stream: string, sentMs: number, result: AppendResult): AppendResult {
  const family = stream.slice(0, stream.indexOf('_')) as 'CHAT' | 'ACCOUNT' | 'RECEIPT';
  const seconds = (performance.now() - sentMs) / 1_000;
  histogram('odnix.store.append.duration.seconds', { family, outcome: result.kind }).record(seconds);
  return result;
}

function refused({ reason, duplicateOf }: PublishRefusal): AppendResult {
  switch (reason) {
    case 'conflict':
    case 'too_large':
      return { kind: reason };
    case 'duplicate':
      return duplicateOf === undefined ? { kind: reason } : { kind: reason, sequence: duplicateOf };
    case 'timeout':
    case 'unavailable':
      return { kind: 'unknown' };
  }
}
