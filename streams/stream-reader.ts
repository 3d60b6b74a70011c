import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';
import { StoreDamaged } from './event-store.js';
import { OrderedPull } from './ordered-pull.js';
import type { PulledBatch } from './ordered-pull.js';
import { mustReach } from './stream-standing.js';

const reader_batch_messages_max = 500;
const reopen_wait_ms = 250;

export interface StreamReaderOptions {
  readonly stream: string;
  /** Inclusive; 1 is the stream's beginning. */
  readonly startSequence: number;
  readonly filterSubjects?: readonly string[];
  readonly batchMessagesMax?: number;
  /** For a handler that takes its time between batches: nothing arrives meanwhile (see `PullOptions`). */
  readonly isGathered?: boolean;
  /** Called with one batch after the other, never two at once; the next one waits until this has resolved. */
  readonly onBatch: (batch: PulledBatch) => Promise<void>;
  /** For logs and metrics: reading was interrupted and goes on by itself. */
  readonly onInterrupted?: (error: unknown) => void;
}

/**
 * Reads a stream from a position on, for as long as the process lives: every message at most once and in order, through
 * disconnects, restarts and elections. A batch holds what has arrived meanwhile, up to `batchMessagesMax`, so a slow handler gets
 * larger batches and a quick one gets each message at once; no more than that is held in memory.
 *
 * Nothing is acknowledged to the server: the position is the caller's to keep. Sequences that were erased are not
 * delivered; whether a hole is an erasure or damage is the caller's to judge. When `onBatch` throws, reading ends and
 * `closed` rejects with that error: nothing is skipped. It rejects with StoreDamaged when the stream ends before the position,
 * which is looked at whenever reading begins or begins again.
 */
export class StreamReader {
  /** Settles when reading has ended: resolves after `stop`, rejects with what `onBatch` threw. */
  readonly closed: Promise<void>;
  private readonly stopping = new AbortController();
  private nextSequence: number;
  private pull: OrderedPull | null = null;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: StreamReaderOptions,
  ) {
    this.nextSequence = options.startSequence;
    this.closed = this.run();
    this.closed.catch(() => undefined);
  }

  /** Resolves when the batch in hand, if any, has been handled; also after a failure, which `closed` tells. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.pull?.close();
    await this.closed.catch(() => undefined);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const batch = await this.nextBatch().catch((error: unknown) => this.interrupted(error));
      if (batch === null || this.stopping.signal.aborted) continue;
      const { messages } = batch;
      assert(messages[0]!.sequence >= this.nextSequence, 'a stream reader met a message twice');
      await this.options.onBatch(batch).catch(async (error: unknown) => {
        await this.pull?.close();
        throw error;
      });
      this.nextSequence = messages.at(-1)!.sequence + 1;
    }
    await this.pull?.close();
  }

  private async nextBatch(): Promise<PulledBatch | null> {
    const {
      stream,
      filterSubjects,
      batchMessagesMax: messagesMax = reader_batch_messages_max,
      isGathered = false,
    } = this.options;
    const filter = filterSubjects === undefined ? {} : { filterSubjects };
    const pull = { stream, messagesMax, isGathered, ...filter };
    if (this.pull === null) {
      await mustReach(this.nc, stream, this.nextSequence - 1);
      this.pull = await OrderedPull.open(this.nc, pull, this.nextSequence);
    }
    // `stop` may have come while it opened, and found nothing to close.
    if (this.stopping.signal.aborted) await this.pull.close();
    return this.pull.next();
  }

  private async interrupted(error: unknown): Promise<null> {
    this.options.onInterrupted?.(error);
    void this.pull?.close();
    this.pull = null;
    if (this.nc.isClosed() || error instanceof StoreDamaged) throw error;
    await pause(reopen_wait_ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    return null;
  }
}
