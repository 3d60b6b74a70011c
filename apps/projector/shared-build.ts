/** One build's streams, shared out among the projectors that fold it. */
import { LeaseSet } from '#streams/lease-set.js';
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
      onGivingUp: (stream) => this.stopRunner(stream),
      onLost: (stream) => void this.stopRunner(stream),
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
          status: 'waiting',
          sequence: 0,
        },
    );
  }

  /** Finishes the batches in hand, and gives the leases back. */
  async stop(): Promise<void> {
    await this.leases.stop();
  }

  private run(stream: string): void {
    const { build, ...context } = this.options;
    const runner = new Runner(context, build, stream, () => this.leases.doubt(stream));
    this.runners.set(stream, runner);
  }

  private async stopRunner(stream: string): Promise<void> {
    const runner = this.runners.get(stream);
    this.runners.delete(stream);
    await runner?.stop();
  }
}
