/** All runners of this process, and the renewal of their leases. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { lease_ms, renewLeases } from '#db/checkpoint.js';
import type { Database } from '#db/database.js';
import { projections } from '#projections/registry.js';
import { Runner, type RunnerState } from './runner.js';
import { Turns } from './turns.js';

const renewals_per_lease = 3;

export interface ProjectorOptions {
  readonly nats: NatsConnection;
  readonly db: Database;
  readonly transactions_max: number;
  readonly streamsPerFamily: number;
  /** Names of projections; all of them unless given. */
  readonly only?: readonly string[];
}

export class Projector {
  private readonly holder = randomUUID();
  private runners: Runner[] = [];
  private renewal: NodeJS.Timeout | undefined;

  constructor(readonly options: ProjectorOptions) {}

  start(): void {
    const { nats, db, streamsPerFamily, only } = this.options;
    const context = { nats, db, holder: this.holder, turns: new Turns(this.options.transactions_max) };
    const chosen = projections.filter(({ name }) => only?.includes(name) ?? true);
    this.runners = chosen.flatMap((projection) =>
      Array.from(
        { length: streamsPerFamily },
        (_, index) => new Runner(context, projection, `${projection.family}_${index}`),
      ),
    );
    // A renewal that fails is told by the runners, whose batches fail as well.
    const renew = () => void renewLeases(db, this.holder).catch(() => undefined);
    this.renewal = setInterval(renew, lease_ms / renewals_per_lease);
  }

  get states(): RunnerState[] {
    return this.runners.map(({ state }) => state);
  }

  async stop(): Promise<void> {
    clearInterval(this.renewal);
    await Promise.all(this.runners.map((runner) => runner.stop()));
  }
}
