import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { NatsConnection } from '@nats-io/nats-core';
import { connectNats } from '#streams/connection.js';
import { noStoredMarks } from './cursor-marks.js';
import { Timeline } from './timeline.js';

export interface TimelineModuleOptions {
  readonly natsUrl: string;
  readonly streamsPerFamily: number;
  /** The USER streams that may be written here, by default all; the same in every process that shares them. */
  readonly userStreams?: readonly string[];
  readonly leaseTtlMs?: number;
}

type Connections = Record<'reading' | 'writing' | 'leases', NatsConnection>;
const connectionsToken = Symbol('connections');

@Module({})
export class TimelineModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(Timeline) private readonly timeline: Timeline,
    @Inject(connectionsToken) private readonly connections: Connections,
  ) {}

  static with(options: TimelineModuleOptions): DynamicModule {
    const { streamsPerFamily } = options;
    const all = Array.from({ length: streamsPerFamily }, (_, index) => `USER_${index}`);
    const leases = options.leaseTtlMs === undefined ? {} : { leaseTtlMs: options.leaseTtlMs };
    const makeTimeline = (connections: Connections) =>
      new Timeline({
        connections,
        streamsPerFamily,
        storedMarks: noStoredMarks,
        ...leases,
        userStreams: options.userStreams ?? all,
      });
    return {
      module: TimelineModule,
      providers: [
        { provide: connectionsToken, useFactory: () => connectAll(options.natsUrl) },
        { provide: Timeline, useFactory: makeTimeline, inject: [connectionsToken] },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.timeline.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.timeline.stop();
    await Promise.all(Object.values(this.connections).map((connection) => connection.close()));
  }
}

async function connectAll(natsUrl: string): Promise<Connections> {
  const [reading, writing, leases] = await Promise.all(
    ['reading', 'writing', 'leases'].map((purpose) => connectNats(natsUrl, { name: `timeline ${purpose}` })),
  );
  return { reading: reading!, writing: writing!, leases: leases! };
}
