/** What has happened in a run since some moment: for those who wait for something to happen, and not for time to pass. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FileJournal } from './journal.js';
import type { JournalRecord, OperationRecord, SessionRecord, ShownRecord } from './records.js';

const look_ms = 50;

export class Progress {
  /** Acknowledged for the first time. */
  readonly sent: OperationRecord[] = [];
  readonly operations: OperationRecord[] = [];
  /** Sessions that ended, other than by the device's own doing. */
  readonly closed: SessionRecord[] = [];
  readonly opened: SessionRecord[] = [];
  readonly caughtUp: SessionRecord[] = [];
  readonly shown: ShownRecord[] = [];
  private readonly pushedBefore: number;
  private readonly sinceMs: number;
  private readonly watch = (record: JournalRecord): void => this.take(record);

  constructor(private readonly journal: FileJournal) {
    this.sinceMs = journal.nowMs();
    this.pushedBefore = journal.messagesPushed;
    journal.watchers.add(this.watch);
  }

  get pushed(): number {
    return this.journal.messagesPushed - this.pushedBefore;
  }

  /** Of the methods, those that began after this moment and were acknowledged. */
  acknowledged(methods: readonly string[]): OperationRecord[] {
    return this.operations.filter(
      ({ method, outcome }) => outcome === 'acknowledged' && methods.includes(method),
    );
  }

  /** Throws, with what there is, when it does not come to be. */
  async until(what: string, holds: (progress: this) => boolean, timeout_ms = 60_000): Promise<void> {
    const deadline = performance.now() + timeout_ms;
    while (!holds(this)) {
      if (performance.now() > deadline) {
        throw new Error(
          `not within ${timeout_ms} ms: ${what} (${this.sent.length} sent, ${this.pushed} pushed)`,
        );
      }
      await pause(look_ms);
    }
  }

  end(): void {
    this.journal.watchers.delete(this.watch);
  }

  private take(record: JournalRecord): void {
    if (record.kind === 'shown') this.shown.push(record);
    else if (record.kind === 'session') this.session(record);
    else if (record.kind === 'operation' && record.begun_ms >= this.sinceMs) {
      this.operations.push(record);
      const isFirst = record.outcome === 'acknowledged' && record.result?.['duplicate'] !== true;
      if (record.method === 'messages.send' && isFirst) this.sent.push(record);
    }
  }

  private session(record: SessionRecord): void {
    if (record.event === 'closed' && record.is_own !== true) this.closed.push(record);
    else if (record.event === 'opened') this.opened.push(record);
    else if (record.event === 'caught_up') this.caughtUp.push(record);
  }
}
