import { setTimeout as pause } from 'node:timers/promises';
import { SourceFeed, type SourceFeedOptions } from './source-feed.js';
import type { UserStreamWriter } from './user-stream-writer.js';

/** Writers come in bursts; one new reading serves them all. */
const settle_ms = 20;

/**
 * Keeps one reading of all sources going for whichever writers there are. A writer that joins begins a new reading, from
 * where the one furthest behind has to go on; one that leaves changes nothing for the others.
 */
export class Reading {
  private readonly writers = new Set<UserStreamWriter>();
  private readonly stopped = new Map<string, unknown>();
  private served = new Set<UserStreamWriter>();
  private feed: SourceFeed | null = null;
  private changing: Promise<void> = Promise.resolve();
  private isChanging = false;

  constructor(private readonly options: Omit<SourceFeedOptions, 'writers'>) {}

  /** Whether all writers are given what is read, and every source is being read. */
  get isWhole(): boolean {
    return this.stopped.size === 0 && [...this.writers].every((writer) => this.served.has(writer));
  }

  join(writer: UserStreamWriter): void {
    this.writers.add(writer);
    this.change();
  }

  leave(writer: UserStreamWriter): void {
    this.writers.delete(writer);
    if (this.writers.size === 0) this.change();
  }

  /** To be called when no writer is left. */
  async stop(): Promise<void> {
    await this.changing;
    await this.feed?.stop();
  }

  private change(): void {
    if (this.isChanging) return;
    this.isChanging = true;
    this.changing = this.changing.then(() => this.begin());
  }

  private async begin(): Promise<void> {
    await pause(settle_ms);
    await this.feed?.stop();
    this.isChanging = false;
    this.stopped.clear();
    this.served = new Set(this.writers);
    this.feed = this.served.size === 0 ? null : this.newFeed([...this.served]);
  }

  private newFeed(writers: readonly UserStreamWriter[]): SourceFeed {
    const onStopped: SourceFeedOptions['onStopped'] = (stream, sequence, error) => {
      this.stopped.set(stream, error);
      this.options.onStopped(stream, sequence, error);
    };
    return new SourceFeed({ ...this.options, writers, onStopped });
  }
}
