import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { NatsConnection } from '@nats-io/nats-core';
import { openDatabase, type Database } from '#db/database.js';
import type { Projection } from '#projections/define-projection.js';
import { connectNats } from '#streams/connection.js';
import type { gatheringMs } from './gathering.js';
import { Projector } from './projector.js';

/** So many batches are folded at once, and so many of builds that are being filled beside them. */
const transactions_max = 6;
const fill_transactions_max = 2;
/** What is asked beside them: which builds there are, whether Postgres answers. */
const other_connections_max = 1;
const statement_ms_max = 30_000;

export interface ProjectorModuleOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  /** Names of projections; all of them unless given. */
  readonly only?: readonly string[];
  /** In the versions that it folds; those of this release unless given. */
  readonly projections?: readonly Projection[];
  readonly gatheringMs?: typeof gatheringMs;
}

const natsToken = Symbol('nats');
const databaseToken = Symbol('database');

@Module({})
export class ProjectorModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(Projector) private readonly projector: Projector,
    @Inject(natsToken) private readonly nats: NatsConnection,
    @Inject(databaseToken) private readonly db: Database,
  ) {}

  static with({
    natsUrl,
    databaseUrl,
    streamsPerFamily,
    only,
    projections,
    gatheringMs,
  }: ProjectorModuleOptions): DynamicModule {
    const connect = () => connectNats(natsUrl, { name: 'projector', maxReconnectAttempts: -1 });
    const open = () =>
      openDatabase({
        url: databaseUrl,
        application: 'projector',
        connections_max: transactions_max + fill_transactions_max + other_connections_max,
        statement_ms_max,
        // A checkpoint goes back with the rows that it stands for, and those are folded again.
        commitsSoon: true,
      });
    const make = (nats: NatsConnection, db: Database) =>
      new Projector({
        nats,
        db,
        transactions_max,
        fill_transactions_max,
        streamsPerFamily,
        ...(only ? { only } : {}),
        ...(projections ? { projections } : {}),
        ...(gatheringMs ? { gatheringMs } : {}),
      });
    return {
      module: ProjectorModule,
      providers: [
        { provide: natsToken, useFactory: connect },
        { provide: databaseToken, useFactory: open },
        { provide: Projector, useFactory: make, inject: [natsToken, databaseToken] },
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.projector.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.projector.stop();
    await Promise.all([this.nats.close(), this.db.destroy()]);
  }
}
