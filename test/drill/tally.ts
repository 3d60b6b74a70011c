/** What a run has done so far, in a line. */
import type { FileJournal } from './journal.js';

export class Tally {
  private operations = 0;
  private unknown = 0;
  private retries = 0;
  private readonly away = new Set<string>();

  constructor(private readonly journal: FileJournal) {
    journal.watchers.add((record) => {
      if (record.kind === 'operation') {
        this.operations++;
        if (record.outcome === 'unknown') this.unknown++;
        this.retries += Math.max(0, record.attempts.length - 1);
      } else if (record.kind === 'session' && record.event === 'opened') this.away.delete(record.device);
      else if (record.kind === 'session' && record.event === 'closed') this.away.add(record.device);
    });
  }

  line(): string {
    const { operations, unknown, retries, away } = this;
    const counts = `${operations} operations (${unknown} given up, ${retries} attempts more than one each)`;
    return `${counts}, ${this.journal.messagesPushed} messages pushed, ${away.size} raw devices away.`;
  }
}
