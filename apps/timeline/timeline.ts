import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { Logger } from '@nestjs/common';
import { counter } from '#observability/metrics.js';
import { DirectGet } from '#streams/direct-get.js';
import { unheldNames } from '#streams/lease-holders.js';
import { LeaseSet } from '#streams/lease-set.js';
import { UserLog } from '#streams/user-log.js';
import type { StoredMarks } from './cursor-marks.js';
import { Reading } from './reading.js';
import { SourceReads } from './source-reads.js';
import { writers } from './timeline-metrics.js';
import { Writing, type WritingOptions } from './writing.js';

export interface TimelineOptions {
  /** Apart from one another, so that reading a backlog delays neither batches nor leases. */
  readonly connections: {
    readonly reading: NatsConnection;
    readonly writing: NatsConnection;
    readonly leases: NatsConnection;
  };
  readonly streamsPerFamily: number;
  /** The USER streams that may be written here; the same in every process that shares them. */
  readonly userStreams: readonly string[];
  readonly storedMarks: StoredMarks;
  readonly leaseTtlMs?: number;
}

const logger = new Logger('Timeline');
const lease_group = 'timeline';

/**
 * Writes the logs of the users of the USER streams whose lease this process holds; the processes that run share them
 * fairly. The lease keeps two from doing the same work; what keeps the logs right is the store's fence.
 */
export class Timeline {
  private readonly writings = new Map<string, Writing>();
  private readonly reading: Reading;
  private readonly leases: LeaseSet;

  constructor(readonly options: TimelineOptions) {
    const { connections, streamsPerFamily, userStreams, leaseTtlMs } = options;
    const reads = new SourceReads(new DirectGet(connections.reading));
    const log = new UserLog(connections.writing, new DirectGet(connections.writing));
    this.reading = new Reading({ nc: connections.reading, reads, streamsPerFamily, onStopped });
    this.leases = new LeaseSet(connections.leases, {
      group: lease_group,
      names: userStreams,
      member: randomUUID(),
      ...(leaseTtlMs === undefined ? {} : { ttlMs: leaseTtlMs }),
      onAcquired: (stream) => this.write(stream, log, reads),
      onGivingUp: (stream) => this.finish(stream),
      onLost: (stream) => this.abandon(stream),
    });
  }

  start(): void {
    this.leases.start();
  }

  /** Whether this process takes part in the election and writes all it holds; it may hold nothing and stand by. */
  get isReady(): boolean {
    const writings = [...this.writings.values()];
    return this.leases.isMember && writings.every(({ isWriting }) => isWriting) && this.reading.isWhole;
  }

  /** The USER streams that no process holds. */
  streamsWithoutWriter(): Promise<readonly string[]> {
    const { connections, userStreams } = this.options;
    return unheldNames(connections.leases, lease_group, userStreams);
  }

  /** Finishes what was read, saves the positions, and gives the leases back. */
  async stop(): Promise<void> {
    await this.leases.stop();
    await this.reading.stop();
  }

  private write(stream: string, log: UserLog, reads: SourceReads): void {
    const { connections, storedMarks } = this.options;
    const { reading } = this;
    const onInterrupted: WritingOptions['onInterrupted'] = (...interruption) => {
      this.leases.doubt(stream);
      tell(...interruption);
    };
    writers.add();
    this.writings.set(
      stream,
      new Writing({ nc: connections.writing, stream, log, reads, reading, storedMarks, onInterrupted }),
    );
  }

  private async finish(stream: string): Promise<void> {
    await this.writings.get(stream)?.finish();
    if (this.writings.delete(stream)) writers.add(-1);
  }

  private abandon(stream: string): void {
    this.writings.get(stream)?.abandon();
    if (this.writings.delete(stream)) writers.add(-1);
  }
}

function tell(stream: string, error: unknown, isExpected: boolean): void {
  counter('odnix.timeline.interruptions', { stream, reason: isExpected ? 'fenced' : 'failed' }).add();
  if (isExpected) logger.warn(`${stream}: ${told(error)}; going on from what is stored`);
  else logger.error(`${stream} cannot be written: ${told(error)}`);
}

function onStopped(stream: string, sequence: number, error: unknown): void {
  counter('odnix.timeline.stops', { stream }).add();
  logger.error(
    `${stream} cannot be read any further than ${sequence}, which is not skipped: ${told(error)} ` +
      '(docs/runbooks/timeline-stopped.md)',
  );
}

/** Our own errors name places only; what a library says may quote what it read. */
const ownErrors = ['WriterEnded', 'StoreUnavailable', 'StoreDamaged', 'CatalogueError', 'AssertionError'];

function told(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  return ownErrors.includes(error.name) ? `${error.name}: ${error.message}` : error.name;
}
