/** One projection's streams, shared out among the projectors that fold it. */
import type { Projection } from '#projections/define-projection.js';
import { LeaseSet } from '#streams/lease-set.js';
import { Runner, type RunnerContext, type RunnerState } from './runner.js';

export interface SharedProjectionOptions extends RunnerContext {
  readonly projection: Projection;
  readonly streamsPerFamily: number;
  /** A UUID of this process. */
  readonly member: string;
}

/**
 * A group of lease holders to each version of a projection, because not every projector folds them all: one may have been
 * told which, or be of an older release. The lease keeps two from doing the same work; what keeps the rows right is
 * the checkpoint.
 */
export class SharedProjection {
  private readonly runners = new Map<string, Runner>();
  private readonly streams: readonly string[];
  private readonly leases: LeaseSet;

  constructor(private readonly options: SharedProjectionOptions) {
    const { projection, streamsPerFamily, nats, member } = options;
    this.streams = Array.from({ length: streamsPerFamily }, (_, index) => `${projection.family}_${index}`);
    this.leases = new LeaseSet(nats, {
      group: `projector.${projection.schema}`,
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
    const { name: projection } = this.options.projection;
    return this.streams.map(
      (stream) => this.runners.get(stream)?.state ?? { projection, stream, status: 'waiting', sequence: 0 },
    );
  }

  /** Finishes the batches in hand, and gives the leases back. */
  async stop(): Promise<void> {
    await this.leases.stop();
  }

  private run(stream: string): void {
    const { projection, ...context } = this.options;
    const runner = new Runner(context, projection, stream, () => this.leases.doubt(stream));
    this.runners.set(stream, runner);
  }

  private async stopRunner(stream: string): Promise<void> {
    const runner = this.runners.get(stream);
    this.runners.delete(stream);
    await runner?.stop();
  }
}
