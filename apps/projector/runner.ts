/** Folds one stream into one build, for as long as this process is to. */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/nats-core';
import { CheckpointLost, takeOver, type Checkpoint } from '#db/checkpoint.js';
import type { Build } from '#db/builds.js';
import type { Database } from '#db/database.js';
import { counter, gauge, histogram, type Gauge } from '#observability/metrics.js';
import type { ProjectedRecord, Projection } from '#projections/define-projection.js';
import { foldBatch } from '#projections/fold-batch.js';
import type { PulledBatch } from '#streams/ordered-pull.js';
import { StreamReader } from '#streams/stream-reader.js';
import { cutBatches, type SizedRecord } from './cut-batches.js';
import { decodeRecord } from '#folding/decode-record.js';
import { describe, isPermanent } from './failure.js';
import { gatheringMs } from './gathering.js';
import { tellFolded } from './fold-spans.js';
import type { Turns } from './turns.js';

const retry_ms_min = 50;
const retry_ms_max = 2_000;
/** What looks permanent is met so often, over three seconds, before it stops the runner. */
const permanent_attempts_max = 6;
const permanent_retry_ms_min = 100;

export interface RunnerContext {
  readonly nats: NatsConnection;
  readonly db: Database;
  /** A build that is being filled waits with its like, one that is read with its own. */
  readonly turns: () => Turns;
  /** How long messages may gather before the next fold, unless a reader waits for them; by default what gathering.ts says. */
  readonly gatheringMs?: typeof gatheringMs;
  /** Whether the build is read, is kept beside the one that is, or is being filled. */
  readonly state: () => Build['state'] | undefined;
}

export interface FoldedBuild {
  readonly schema: string;
  readonly projection: Projection;
}

export interface RunnerState {
  readonly projection: string;
  /** The build's. */
  readonly schema: string;
  readonly stream: string;
  /** `waiting`: another process folds it, or a server has to come back. `stopped`: by what cannot be folded; see `failure`. `paused`: by an operator. */
  readonly status: 'waiting' | 'running' | 'stopped' | 'paused';
  /** The last sequence that was folded here. */
  readonly sequence: number;
  readonly failure?: string;
  /** Of `stopped`: the first sequence that was not folded. */
  readonly stoppedAt?: number;
}

export class Runner {
  private readonly logger: Logger;
  private readonly pending: Gauge;
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private checkpoint: Checkpoint | null = null;
  private reader: StreamReader | null = null;
  private status: RunnerState['status'] = 'waiting';
  private failure: string | null = null;
  /** The message that is being decoded, or the first of those that are being folded. */
  private at = 0;
  /** Ends a gathering under way. */
  private hurry: () => void = () => undefined;

  constructor(
    private readonly context: RunnerContext,
    private readonly build: FoldedBuild,
    private readonly stream: string,
    /** Another runner has taken over: told each time before this one takes over again. */
    private readonly onFencedOff: () => void,
  ) {
    this.logger = new Logger(`Projector ${build.schema} ${stream}`);
    this.pending = gauge('odnix.projector.pending.messages', { read_model: build.schema, stream });
    this.ended = this.run();
  }

  get state(): RunnerState {
    const { status, stream, checkpoint, failure, at } = this;
    const { schema, projection } = this.build;
    const sequence = checkpoint?.sequence ?? 0;
    const state = { projection: projection.name, schema, stream, status, sequence };
    if (failure === null || status === 'running') return state;
    return status === 'stopped' ? { ...state, failure, stoppedAt: at } : { ...state, failure };
  }

  /** Somebody waits for what stands in the stream: nothing gathers any longer. */
  awaited(): void {
    this.hurry();
  }

  /** Finishes the batch in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.hurry();
    await this.reader?.stop();
    await this.ended;
    this.pending.set(0);
  }

  private async run(): Promise<void> {
    let retryMs = retry_ms_min;
    let permanentFailures = 0;
    while (!this.stopping.signal.aborted) {
      const before = this.checkpoint?.sequence;
      try {
        await this.follow();
      } catch (error) {
        const hasMoved = this.checkpoint?.sequence !== before;
        if (hasMoved) [retryMs, permanentFailures] = [retry_ms_min, 0];
        if (isPermanent(error)) {
          permanentFailures += 1;
          if (permanentFailures === permanent_attempts_max) return this.give(error);
          retryMs = Math.max(retryMs, permanent_retry_ms_min);
        }
        this.interrupted(error);
        await this.rest(retryMs);
        retryMs = Math.min(2 * retryMs, retry_ms_max);
      }
    }
  }

  /** Resolves after a stop; throws whatever interrupts. */
  private async follow(): Promise<void> {
    const { stream } = this;
    const { gatheringMs: gathering = gatheringMs } = this.context;
    const { family } = this.build.projection;
    const checkpoint = await takeOver(this.context.db, { schema: this.build.schema, stream });
    this.checkpoint = checkpoint;
    this.at = checkpoint.sequence + 1;
    this.status = 'running';
    let held: SizedRecord[] = [];
    this.reader = new StreamReader(this.context.nats, {
      stream,
      startSequence: checkpoint.sequence + 1,
      isGathered: true,
      onBatch: async (batch) => {
        const startMs = performance.now();
        held = await this.fold(held, batch);
        await this.gathered(gathering(family, performance.now() - startMs, batch.pendingCount));
      },
    });
    // A stop that came while there was no reader yet.
    if (this.stopping.signal.aborted) await this.reader.stop();
    await this.reader.closed;
  }

  /** What was read before something that cannot be decoded is folded; then that is thrown. */
  private async fold(held: readonly SizedRecord[], batch: PulledBatch): Promise<SizedRecord[]> {
    const { projection } = this.build;
    this.pending.set(batch.pendingCount);
    const records = [...held];
    let damage: unknown;
    for (const message of batch.messages) {
      try {
        this.at = message.sequence;
        const record = decodeRecord(projection.family, this.stream, message);
        records.push({ record, bytes: message.data.length });
      } catch (error) {
        damage = error;
        break;
      }
    }
    const cut = cutBatches(records, damage === undefined && batch.pendingCount > 0);
    const damagedAt = this.at;
    for (const some of cut.batches) await this.foldOrNarrow(records, some);
    this.at = damagedAt;
    if (damage !== undefined) throw damage;
    this.failure = null;
    return cut.held;
  }

  /** Of a batch with something that cannot be folded, what stands before that is folded, and its place is known. */
  private async foldOrNarrow(
    records: readonly SizedRecord[],
    batch: readonly ProjectedRecord[],
  ): Promise<void> {
    try {
      await this.foldOne(batch);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      const sized = records.filter(({ record }) => batch.includes(record));
      for (const some of cutBatches(sized, false, 0).batches) await this.foldOne(some);
    }
  }

  private async foldOne(batch: readonly ProjectedRecord[]): Promise<void> {
    const { db, turns } = this.context;
    this.at = batch[0]!.sequence;
    const startMs = performance.now();
    try {
      this.checkpoint = await turns().take(() =>
        foldBatch(db, this.build.projection, this.checkpoint!, batch),
      );
      this.tell(batch, startMs);
    } catch (error) {
      this.tell(batch, startMs, error instanceof Error ? error.name : 'unknown');
      throw error;
    }
  }

  private tell(batch: readonly ProjectedRecord[], startMs: number, error?: string): void {
    const { schema, projection } = this.build;
    const outcome = error === undefined ? 'folded' : 'failed';
    histogram('odnix.projector.batch.duration.seconds', { read_model: schema, outcome }).record(
      (performance.now() - startMs) / 1_000,
    );
    if (error === undefined) counter('odnix.projector.messages', { read_model: schema }).add(batch.length);
    const [fromSequence, toSequence] = [batch[0]!.sequence, batch.at(-1)!.sequence];
    const place = { stream: this.stream, fromSequence, toSequence, records: batch.length };
    const folded = { startMs, projection: projection.name, schema, ...place };
    const state = this.context.state();
    tellFolded({ folded, batch, state, ...(error === undefined ? {} : { error }) });
  }

  private give(error: unknown): void {
    this.status = 'stopped';
    this.failure = describe(error);
    counter('odnix.projector.stops', { read_model: this.build.schema, stream: this.stream }).add();
    this.logger.error(
      `stopped at ${this.stream} ${this.at}, folded up to ${this.checkpoint?.sequence ?? 0}, after ` +
        `${permanent_attempts_max} attempts: ${this.failure} (docs/runbooks/projector-stopped.md)`,
    );
  }

  private interrupted(error: unknown): void {
    this.status = 'waiting';
    const failure = describe(error);
    const reason = error instanceof CheckpointLost ? 'fenced' : isPermanent(error) ? 'permanent' : 'server';
    counter('odnix.projector.interruptions', { read_model: this.build.schema, reason }).add();
    if (error instanceof CheckpointLost) this.onFencedOff();
    else if (failure !== this.failure) this.logger.warn(failure);
    this.failure = failure;
  }

  private async gathered(ms: number): Promise<void> {
    if (ms === 0 || this.stopping.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.hurry = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }

  private async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
