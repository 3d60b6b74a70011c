import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { NatsConnection } from '@nats-io/nats-core';
import { connectNats } from '#streams/connection.js';
import { openDatabase, type Database } from '#db/database.js';
import { noStoredMarks } from './cursor-marks.js';
import { storedMarksIn } from './stored-marks.js';
import { Timeline } from './timeline.js';

export interface TimelineModuleOptions {
  readonly natsUrl: string;
  /** Where cursors are looked up that are not in memory; without it more of them are written than advance. */
  readonly databaseUrl?: string;
  readonly streamsPerFamily: number;
  /** The USER streams that may be written here, by default all; the same in every process that shares them. */
  readonly userStreams?: readonly string[];
  readonly leaseTtlMs?: number;
}

type Connections = Record<'reading' | 'writing' | 'leases', NatsConnection>;
const connectionsToken = Symbol('connections');
const databaseToken = Symbol('database');
const database_connections_max = 2;
const statement_ms_max = 500;

@Module({})
export class TimelineModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(Timeline) private readonly timeline: Timeline,
    @Inject(connectionsToken) private readonly connections: Connections,
    @Inject(databaseToken) private readonly db: Database | null,
  ) {}

  static with(options: TimelineModuleOptions): DynamicModule {
    const { streamsPerFamily } = options;
    const all = Array.from({ length: streamsPerFamily }, (_, index) => `USER_${index}`);
    const leases = options.leaseTtlMs === undefined ? {} : { leaseTtlMs: options.leaseTtlMs };
    const makeTimeline = (connections: Connections, db: Database | null) =>
      new Timeline({
        connections,
        streamsPerFamily,
        storedMarks: db === null ? noStoredMarks : storedMarksIn(db),
        ...leases,
        userStreams: options.userStreams ?? all,
      });
    return {
      module: TimelineModule,
      providers: [
        { provide: connectionsToken, useFactory: () => connectAll(options.natsUrl) },
        { provide: databaseToken, useFactory: () => databaseAt(options.databaseUrl) },
        { provide: Timeline, useFactory: makeTimeline, inject: [connectionsToken, databaseToken] },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.timeline.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.timeline.stop();
    await Promise.all(Object.values(this.connections).map((connection) => connection.close()));
    await this.db?.destroy();
  }
}

function databaseAt(url: string | undefined): Database | null {
  const limits = { connections_max: database_connections_max, statement_ms_max };
  return url === undefined ? null : openDatabase({ url, application: 'timeline', ...limits });
}

async function connectAll(natsUrl: string): Promise<Connections> {
  const [reading, writing, leases] = await Promise.all(
    ['reading', 'writing', 'leases'].map((purpose) => connectNats(natsUrl, { name: `timeline ${purpose}` })),
  );
  return { reading: reading!, writing: writing!, leases: leases! };
}
