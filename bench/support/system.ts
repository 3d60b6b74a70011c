/** The whole of Odnix on servers of a bench's own, laid out as one would run it, with what is needed to see what it costs. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { openDatabase, type Database } from '#db/database.js';
import { migrate } from '#db/migrate.js';
import { deriveSecrets, type Secrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import type { AppName } from '../../test/support/app-process.js';
import { atEnd } from './clean-up.js';
import { startLayout, type Layout, type MeasuredApp } from './layouts.js';
import type { Metered } from './meter.js';
import { Probes } from './probes.js';
import { startBenchServers, type BenchServers, type Durability } from './servers.js';

export interface SystemOptions {
  readonly layout: Layout;
  readonly durability: Durability;
  readonly streams: number;
  /** How many of each app; by default as its layout has them. Not of the one process. */
  readonly instances?: Partial<Record<AppName, number>>;
}

const database = { application: 'bench', connections_max: 4, statement_ms_max: 120_000 };

export class System {
  private readonly ending: (() => unknown)[] = [];
  readonly secret = randomBytes(32);
  readonly secrets: Secrets = deriveSecrets(this.secret);
  servers!: BenchServers;
  nc!: NatsConnection;
  db!: Database;
  probes!: Probes;
  apps: readonly MeasuredApp[] = [];

  private constructor(readonly options: SystemOptions) {}

  /** Stopped by whoever is done with it, or when the bench is over. */
  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options);
    system.stop = atEnd(() => system.end());
    try {
      await system.begin();
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  stop!: () => Promise<void>;

  /** Where sockets are served. */
  get gateways(): string[] {
    return this.apps.filter(({ serves }) => serves).map(({ url }) => url);
  }

  get metered(): Metered[] {
    const { nats, postgres } = this.servers;
    const name = (index: number) => (nats.length === 1 ? 'NATS' : `NATS ${index + 1}`);
    return [
      ...this.apps.map((app) => ({ name: app.name, pid: app.pid, isProbed: true })),
      ...nats.map(({ pid }, index) => ({ name: name(index), pid })),
      { name: 'Postgres', pid: postgres.pid, isFamily: true },
    ];
  }

  private async begin(): Promise<void> {
    const { layout, durability, streams, instances = {} } = this.options;
    const directory = mkdtempSync(join(tmpdir(), 'odnix-bench-'));
    this.ending.push(() =>
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
    );
    // When this runs as root, PostgreSQL's own user must get through.
    chmodSync(directory, 0o711);
    const nodes = layout === 'cluster' ? 3 : 1;
    this.servers = await startBenchServers(join(directory, 'servers'), durability, nodes);
    this.ending.push(() => this.servers.stop());
    const { natsUrl, postgres } = this.servers;
    this.nc = await connectNats(natsUrl, { name: 'bench' });
    this.ending.push(() => this.nc.close());
    await applyTopology(this.nc, { streamsPerFamily: streams, replicas: nodes });
    for (const nats of this.servers.nats) nats.streamsMade();
    await migrate(postgres.url);
    this.db = openDatabase({ url: postgres.url, ...database });
    this.ending.push(() => this.db.destroy());
    mkdirSync(join(directory, 'probes'));
    this.probes = new Probes(join(directory, 'probes'));
    const env = {
      ODNIX_SECRET: this.secret.toString('base64url'),
      STREAMS_PER_FAMILY: String(streams),
      // All load comes from one address, faster than people.
      LIMITS_SCALE: 'off',
      NATS_URL: natsUrl,
      DATABASE_URL: postgres.url,
      ...this.probes.environment,
    };
    const stops: (() => Promise<unknown>)[] = [];
    this.ending.push(() => Promise.all(stops.map((stop) => stop())));
    const launched = (stop: () => Promise<unknown>) => void stops.push(stop);
    this.apps = await startLayout(layout, { env, instances, directory: join(directory, 'data'), launched });
  }

  private async end(): Promise<void> {
    for (let end = this.ending.pop(); end !== undefined; end = this.ending.pop()) await end();
  }
}
