/** All projections of this process. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Database } from '#db/database.js';
import { projections } from '#projections/registry.js';
import type { RunnerState } from './runner.js';
import { SharedProjection } from './shared-projection.js';
import { Turns } from './turns.js';

export interface ProjectorOptions {
  readonly nats: NatsConnection;
  readonly db: Database;
  readonly transactions_max: number;
  readonly streamsPerFamily: number;
  /** Names of projections; all of them unless given. */
  readonly only?: readonly string[];
}

export class Projector {
  private readonly shared: readonly SharedProjection[];

  constructor(readonly options: ProjectorOptions) {
    const { nats, db, transactions_max, streamsPerFamily, only } = options;
    const context = { nats, db, turns: new Turns(transactions_max), streamsPerFamily, member: randomUUID() };
    const chosen = projections.filter(({ name }) => only?.includes(name) ?? true);
    this.shared = chosen.map((projection) => new SharedProjection({ ...context, projection }));
  }

  start(): void {
    for (const one of this.shared) one.start();
  }

  get states(): RunnerState[] {
    return this.shared.flatMap(({ states }) => states);
  }

  async stop(): Promise<void> {
    await Promise.all(this.shared.map((one) => one.stop()));
  }
}
