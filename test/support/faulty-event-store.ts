/** An event store between a handler and another one, that loses answers and refuses at random, by a seed. */
import type { Decision } from '#domain/kernel/decision.js';
import type { AppendResult, EventStore, LoadedAggregate, StoredDecision } from '#streams/event-store.js';

/** Each a probability; what is left over is no fault. */
export interface Faults {
  /** Stored, but the answer is lost. */
  readonly lost_answer: number;
  /** The request itself is lost: nothing is stored, and nobody says so. */
  readonly lost_request: number;
  /** Refused although nothing stood in the way. */
  readonly spurious_conflict: number;
}

export class FaultyEventStore implements EventStore {
  /** How often each fault happened: a test that met none has shown nothing. */
  readonly happened = { lost_answer: 0, lost_request: 0, spurious_conflict: 0 };

  constructor(
    private readonly inner: EventStore,
    private readonly faults: Faults,
    private readonly random: () => number,
  ) {}

  load(subject: string, options?: { fresh?: boolean }): Promise<LoadedAggregate | null> {
    return this.inner.load(subject, options);
  }

  read(stream: string, sequence: number): Promise<StoredDecision | null> {
    return this.inner.read(stream, sequence);
  }

  readMany(stream: string, sequences: readonly number[]): Promise<(StoredDecision | null)[]> {
    return this.inner.readMany(stream, sequences);
  }

  append(
    subject: string,
    expectedSequence: number,
    decisions: readonly Decision[],
    messageIds?: readonly (string | null)[],
  ): Promise<AppendResult> {
    return this.withFaults(() => this.inner.append(subject, expectedSequence, decisions, messageIds));
  }

  appendUnguarded(subject: string, decision: Decision, messageId?: string): Promise<AppendResult> {
    return this.withFaults(() => this.inner.appendUnguarded(subject, decision, messageId));
  }

  private async withFaults(append: () => Promise<AppendResult>): Promise<AppendResult> {
    const { lost_answer, lost_request, spurious_conflict } = this.faults;
    const dice = this.random();
    if (dice < lost_answer) {
      this.happened.lost_answer++;
      await append();
      return { kind: 'unknown' };
    }
    if (dice < lost_answer + lost_request) {
      this.happened.lost_request++;
      return { kind: 'unknown' };
    }
    if (dice < lost_answer + lost_request + spurious_conflict) {
      this.happened.spurious_conflict++;
      return { kind: 'conflict' };
    }
    return append();
  }
}
