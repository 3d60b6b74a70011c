import { assert } from '#domain/kernel/assert.js';
import type { Decision } from '#domain/kernel/decision.js';
import { decodeDecision, encodeDecision } from './decision-codec.js';
import type { RawDecision } from './decision-codec.js';
import { append_decisions_max } from './event-store.js';
import type { AppendResult, EventStore, LoadedAggregate, StoredDecision } from './event-store.js';
import { loadAggregate } from './load-aggregate.js';
import { streamOfSubject } from './subjects.js';
import { duplicate_window_ms } from './topology.js';

const memory_decision_bytes_max = 1_000_000;

interface MemoryStream {
  /** Index 0 is sequence 1; null where a message was erased. */
  readonly messages: (RawDecision | null)[];
  /** Message id → sequence and time of writing. */
  readonly messageIds: Map<string, { readonly sequence: number; readonly timeMs: number }>;
}

export interface MemoryEventStoreOptions {
  readonly streamsPerFamily: number;
  /** The store's clock; simulations hand in their own. */
  readonly nowMs: () => number;
}

/**
 * The event store in memory, for simulations and tests of what stands above it. It keeps the stored bytes, not the
 * objects, so that what a decider holds and what was stored cannot share state. It passes the contract of the real one.
 */
export class MemoryEventStore implements EventStore {
  private readonly streams = new Map<string, MemoryStream>();

  constructor(private readonly options: MemoryEventStoreOptions) {}

  async load(subject: string): Promise<LoadedAggregate | null> {
    const name = streamOfSubject(subject, this.options.streamsPerFamily);
    const head = this.stream(name).messages.findLast((message) => message?.subject === subject);
    if (head == null) return null;
    return loadAggregate(decodeDecision(name, head), (sequences) => this.readMany(name, sequences));
  }

  async read(stream: string, sequence: number): Promise<StoredDecision | null> {
    const message = this.stream(stream).messages[sequence - 1];
    return message == null ? null : decodeDecision(stream, message);
  }

  readMany(stream: string, sequences: readonly number[]): Promise<(StoredDecision | null)[]> {
    return Promise.all(sequences.map((sequence) => this.read(stream, sequence)));
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
    return this.store(subject, expectedSequence, decisions, messageIds ?? []);
  }

  async appendUnguarded(subject: string, decision: Decision, messageId?: string): Promise<AppendResult> {
    return this.store(subject, null, [decision], [messageId ?? null]);
  }

  /** What the erasure sweep does to a stream: the bytes go, the sequence stays empty for ever. */
  erase(stream: string, sequence: number): void {
    this.stream(stream).messages[sequence - 1] = null;
  }

  private store(
    subject: string,
    expectedSequence: number | null,
    decisions: readonly Decision[],
    messageIds: readonly (string | null)[],
  ): AppendResult {
    const name = streamOfSubject(subject, this.options.streamsPerFamily);
    const stream = this.stream(name);
    const encoded = decisions.map(encodeDecision);
    if (encoded.some(({ length }) => length > memory_decision_bytes_max)) return { kind: 'too_large' };
    if (expectedSequence !== null && lastSequenceOf(stream, subject) !== expectedSequence)
      return { kind: 'conflict' };
    const duplicate = this.duplicateOf(stream, messageIds);
    if (duplicate !== undefined) {
      return decisions.length === 1 ? { kind: 'duplicate', sequence: duplicate } : { kind: 'duplicate' };
    }
    const firstSequence = stream.messages.length + 1;
    const timeMs = this.options.nowMs();
    for (const [i, data] of encoded.entries()) {
      const sequence = firstSequence + i;
      stream.messages.push({ sequence, subject, data, timeMs });
      const messageId = messageIds[i];
      if (messageId != null) stream.messageIds.set(messageId, { sequence, timeMs });
    }
    return { kind: 'appended', stream: name, firstSequence };
  }

  /** The first known id's sequence; 0 where the batch repeats an id of its own. Ids out of the window are forgotten. */
  private duplicateOf({ messageIds }: MemoryStream, given: readonly (string | null)[]): number | undefined {
    const since = this.options.nowMs() - duplicate_window_ms;
    for (const [messageId, { timeMs }] of messageIds) if (timeMs < since) messageIds.delete(messageId);
    const ids = given.filter((messageId) => messageId !== null);
    const known = ids.find((messageId) => messageIds.has(messageId));
    if (known !== undefined) return messageIds.get(known)?.sequence;
    return new Set(ids).size < ids.length ? 0 : undefined;
  }

  private stream(name: string): MemoryStream {
    let stream = this.streams.get(name);
    if (stream === undefined) this.streams.set(name, (stream = { messages: [], messageIds: new Map() }));
    return stream;
  }
}

function lastSequenceOf({ messages }: MemoryStream, subject: string): number {
  return messages.findLast((message) => message?.subject === subject)?.sequence ?? 0;
}
