import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { StoreUnavailable } from '#streams/event-store.js';
import type { UserLog } from '#streams/user-log.js';
import { announce } from './announce.js';
import type { AnnouncedEntry } from './announced-entry.js';
import type { StoredMarks } from './cursor-marks.js';
import type { Reading } from './reading.js';
import { announceAgain } from './announce-again.js';
import { resume } from './resume.js';
import type { SourceReads } from './source-reads.js';
import { UserStreamWriter, WriterEnded } from './user-stream-writer.js';

const again_after_ms = 200;
/** What is damaged does not mend by itself: it is tried, and told, now and then. */
const damaged_again_after_ms = 10_000;

export interface WritingOptions {
  readonly nc: NatsConnection;
  readonly stream: string;
  readonly log: UserLog;
  readonly reads: SourceReads;
  readonly reading: Reading;
  readonly storedMarks: StoredMarks;
  /** The writer has ended and another one takes over here; `isExpected` for what NATS or another writer may cause. */
  readonly onInterrupted: (stream: string, error: unknown, isExpected: boolean) => void;
}

/**
 * Keeps one USER stream written while this process is to: one writer after the other, each beginning with what the
 * stream itself says. A writer that the store refused, or whose outcome is unknown, takes all it knew with it.
 */
export class Writing {
  private writer: UserStreamWriter | null = null;
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;

  constructor(private readonly options: WritingOptions) {
    this.done = this.run();
  }

  get isWriting(): boolean {
    return this.writer !== null;
  }

  /** Writes what was read already, saves the positions, and ends. */
  async finish(): Promise<void> {
    this.stopping.abort();
    await this.writer?.finish().catch(() => undefined);
    await this.done;
  }

  /** Ends at once. */
  abandon(): void {
    this.stopping.abort();
    this.writer?.abandon();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.writeUntilEnded();
      } catch (error) {
        const isExpected = error instanceof WriterEnded || error instanceof StoreUnavailable;
        if (!this.stopping.signal.aborted) this.options.onInterrupted(this.options.stream, error, isExpected);
        await this.waitAgain(isExpected);
      }
    }
  }

  private async writeUntilEnded(): Promise<void> {
    const { nc, stream, log, reads, reading, storedMarks } = this.options;
    const start = await resume(log, stream);
    await announceAgain(nc, reads, start.unannounced);
    if (this.stopping.signal.aborted) return;
    const tell = (entries: readonly AnnouncedEntry[]) => announce(nc, entries);
    const writer = new UserStreamWriter({ stream, log, start, storedMarks, announce: tell });
    this.writer = writer;
    reading.join(writer);
    try {
      await writer.ended;
    } finally {
      this.writer = null;
      reading.leave(writer);
    }
  }

  /** Of two that hinder one another, one is to be quicker. */
  private async waitAgain(isExpected: boolean): Promise<void> {
    const waitMs = isExpected ? again_after_ms * (0.5 + Math.random()) : damaged_again_after_ms;
    await pause(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
