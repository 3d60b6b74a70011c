/** One build's streams, shared out among the projectors that fold it. */
import { LeaseSet } from '#streams/lease-set.js';
import type { Hold } from '#db/holds.js';
import { Runner, type FoldedBuild, type RunnerContext, type RunnerState } from './runner.js';

export interface SharedBuildOptions extends RunnerContext {
  readonly build: FoldedBuild;
  readonly streamsPerFamily: number;
  /** A UUID of this process. */
  readonly member: string;
}

/**
 * A group of lease holders to each build, because not every projector folds them all: one may have been
 * told which, or be of an older release. The lease keeps two from doing the same work; what keeps the rows right is
 * the checkpoint.
 */
export class SharedBuild {
  private readonly runners = new Map<string, Runner>();
  /** Leases that are held, paused or not. */
  private readonly mine = new Set<string>();
  private holds: ReadonlyMap<string, Hold> = new Map();
  /** Whose stop stands in Postgres, as this process has told it. */
  private readonly told = new Set<string>();
  private readonly streams: readonly string[];
  private readonly leases: LeaseSet;

  constructor(private readonly options: SharedBuildOptions) {
    const { build, streamsPerFamily, nats, member } = options;
    this.streams = Array.from(
      { length: streamsPerFamily },
      (_, index) => `${build.projection.family}_${index}`,
    );
    this.leases = new LeaseSet(nats, {
      group: `projector.${build.schema}`,
      names: this.streams,
      member,
      onAcquired: (stream) => this.run(stream),
      onGivingUp: (stream) => this.leave(stream),
      onLost: (stream) => void this.leave(stream),
    });
  }

  start(): void {
    this.leases.start();
  }

  /** One a stream, held here or not. */
  get states(): RunnerState[] {
    const { schema, projection } = this.options.build;
    return this.streams.map(
      (stream): RunnerState =>
        this.runners.get(stream)?.state ?? {
          projection: projection.name,
          schema,
          stream,
          status: this.isPaused(stream) ? 'paused' : 'waiting',
          sequence: 0,
        },
    );
  }

  /** Somebody waits for what stands in the stream. */
  awaited(stream: string): void {
    this.runners.get(stream)?.awaited();
  }

  /** Finishes the batches in hand, and gives the leases back. */
  async stop(): Promise<void> {
    await this.leases.stop();
  }

  /**
   * To be told again and again what is held. Resolves with what others should know: those of its streams that have stopped, each
   * once, and those that were folded beyond where they had stopped.
   */
  async heed(holds: readonly Hold[]): Promise<HoldChanges> {
    this.holds = new Map(holds.map((hold) => [hold.stream, hold]));
    const changes: HoldChanges = { stopped: [], passed: [] };
    for (const stream of this.mine) {
      if (this.isPaused(stream)) await this.stopRunner(stream);
      else if (!this.runners.has(stream)) this.begin(stream);
      else if (this.told.has(stream) && !this.holds.has(stream)) {
        await this.stopRunner(stream);
        // The lease may have gone meanwhile.
        if (this.mine.has(stream) && !this.runners.has(stream)) this.begin(stream);
      }
      const state = this.runners.get(stream)?.state;
      const hold = this.holds.get(stream);
      if (state?.status === 'stopped' && !this.told.has(stream)) changes.stopped.push(state);
      if (state?.status === 'running' && hold && state.sequence >= hold.sequence!) changes.passed.push(state);
    }
    return changes;
  }

  /** From now on a missing hold means that an operator has resumed it. */
  hasTold({ stream }: RunnerState): void {
    if (this.runners.get(stream)?.state.status === 'stopped') this.told.add(stream);
  }

  private isPaused(stream: string): boolean {
    return this.holds.get(stream)?.state === 'paused';
  }

  private run(stream: string): void {
    this.mine.add(stream);
    if (!this.isPaused(stream)) this.begin(stream);
  }

  private begin(stream: string): void {
    const { build, ...context } = this.options;
    const runner = new Runner(context, build, stream, () => this.leases.doubt(stream));
    this.runners.set(stream, runner);
  }

  private async leave(stream: string): Promise<void> {
    this.mine.delete(stream);
    await this.stopRunner(stream);
  }

  private async stopRunner(stream: string): Promise<void> {
    const runner = this.runners.get(stream);
    this.runners.delete(stream);
    this.told.delete(stream);
    await runner?.stop();
  }
}

export interface HoldChanges {
  readonly stopped: RunnerState[];
  readonly passed: RunnerState[];
}
