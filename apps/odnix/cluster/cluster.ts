/** A cluster's processes, started, stopped, killed and looked up by name. */
import { join } from 'node:path';
import { forgetServers, tellServers } from '#process/servers-file.js';
import { connectNats } from '#streams/connection.js';
import { voidAllLeases } from '#streams/lease.js';
import { patiently } from '#streams/meeting-cluster.js';
import type { DataDirectory } from '../data-directory.js';
import { runApp, stopOrphanedApp } from './app-process.js';
import { appEnvironment, layOutApps, type AppPlace, type AppSettings } from './apps.js';
import { Front } from './front.js';
import { nats_nodes_count, stopStages } from './layout.js';
import { Member, type Place } from './member.js';
import { layOutServers, type ClusterServers } from './servers.js';

export interface RunningCluster {
  /** One URL for clients: WebSocket sessions go to the gateways in turn, the rest to the API. */
  readonly url: string;
  /** `nats-1` to `nats-3`, `postgres`, `gateway-1`, `gateway-2` and so on. */
  readonly names: readonly string[];
  readonly places: readonly Place[];
  /** All NATS nodes, with the credentials of the admin. */
  readonly natsUrl: string;
  /** Null while it does not run. */
  pid(name: string): number | null;
  /** SIGKILL; it stays down until start(). Resolves when it is gone. */
  kill(name: string): Promise<void>;
  /** SIGTERM; it stays down until start(). Resolves when it is gone. */
  stop(name: string): Promise<void>;
  /** Resolves when it is ready. */
  start(name: string): Promise<void>;
  /** The sessions first, the servers last. Resolves when nothing is left. */
  stopAll(): Promise<void>;
}

export interface ClusterSettings extends AppSettings {
  host: string;
  port: number;
  say(line: string): void;
}

export class Cluster implements RunningCluster {
  readonly names: readonly string[];
  readonly places: readonly Place[];
  private readonly members: ReadonlyMap<string, Member>;
  private readonly stopping = new AbortController();
  private readonly setUpDirectory: string;
  private readonly front: Front;
  private hasStarted = false;
  private stopped: Promise<void> | undefined;

  private constructor(
    private readonly settings: ClusterSettings,
    private readonly data: DataDirectory,
    private readonly servers: ClusterServers,
    private readonly apps: readonly AppPlace[],
  ) {
    this.places = [...servers.nats, servers.postgres, ...apps];
    this.names = this.places.map(({ name }) => name);
    this.members = new Map(this.places.map((place) => [place.name, new Member(place, settings.say)]));
    this.setUpDirectory = join(data.path, 'set-up');
    const serving = () => apps.filter(({ app, name }) => app === 'gateway' && this.member(name).isReady);
    this.front = new Front({
      ...settings,
      gateways: () => serving().map((gateway) => gateway.public),
      api: apps.find(({ app }) => app === 'api')!.public,
    });
  }

  static async layOut(settings: ClusterSettings, data: DataDirectory): Promise<Cluster> {
    const servers = await layOutServers(data, settings.streamsPerFamily);
    const apps = await layOutApps(settings, servers);
    return new Cluster(settings, data, servers, apps);
  }

  get url(): string {
    const { host } = this.settings;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.front.port}`;
  }

  get natsUrl(): string {
    return this.servers.urlsOf('admin').natsUrl;
  }

  pid(name: string): number | null {
    return this.member(name).pid;
  }

  kill(name: string): Promise<void> {
    return this.member(name).kill();
  }

  stop(name: string): Promise<void> {
    return this.member(name).stop();
  }

  start(name: string): Promise<void> {
    return this.member(name).start();
  }

  /** By `startCluster`, once. */
  async startAll(): Promise<void> {
    await this.front.listen();
    await this.stopOrphans();
    await this.startEach([...this.servers.nats, this.servers.postgres]);
    await this.setUp();
    this.tellServers();
    await this.startEach(this.apps);
    this.hasStarted = true;
  }

  stopAll(): Promise<void> {
    this.stopped ??= this.stopInOrder();
    return this.stopped;
  }

  private member(name: string): Member {
    const member = this.members.get(name);
    if (!member) throw new Error(`There is no ${name}; there are ${this.names.join(', ')}.`);
    return member;
  }

  /** Apps that a killed launcher left would find the new servers; servers see to their own orphans. */
  private async stopOrphans(): Promise<void> {
    const directories = [this.setUpDirectory, ...this.apps.map(({ directory }) => directory)];
    await Promise.all(directories.map(stopOrphanedApp));
  }

  private async startEach(places: readonly Place[]): Promise<void> {
    this.stopping.signal.throwIfAborted();
    await Promise.all(places.map(({ name }) => this.start(name)));
  }

  /** For the operator's command beside it. */
  private tellServers(): void {
    const { natsUrl, databaseUrl = '' } = this.servers.urlsOf('admin');
    const { streamsPerFamily } = this.settings;
    tellServers(this.data.path, { natsUrl, databaseUrl, streamsPerFamily });
  }

  private async setUp(): Promise<void> {
    this.stopping.signal.throwIfAborted();
    const args = ['setup', '--replicas', String(nats_nodes_count)];
    const env = {
      ...appEnvironment('admin', this.settings, this.servers),
      ...this.servers.passwordSettings,
    };
    const program = { programs: this.settings.programs, app: 'admin', args };
    await runApp({ ...program, directory: this.setUpDirectory, env }, this.stopping.signal);
    const nats = await connectNats(this.servers.urlsOf('admin').natsUrl, { name: 'cluster' });
    // Whoever held one is gone: the servers are ours alone, by the lock on the data directory.
    const patient = patiently((why) => this.settings.say(`Waiting for the leases' leader: ${why}`));
    await patient(() => voidAllLeases(nats)).finally(() => nats.close());
  }

  private async stopInOrder(): Promise<void> {
    this.stopping.abort(new Error('Told to stop while it was starting.'));
    this.front.stopListening();
    if (this.hasStarted) await this.drainApps();
    else await Promise.all(this.apps.map(({ name }) => this.kill(name)));
    this.front.close();
    forgetServers(this.data.path);
    await this.stopEach([...this.servers.nats, this.servers.postgres]);
    this.data.release();
  }

  private async drainApps(): Promise<void> {
    for (const stage of stopStages) {
      await this.stopEach(this.apps.filter(({ app }) => stage.includes(app)));
    }
  }

  private async stopEach(places: readonly Place[]): Promise<void> {
    await Promise.all(places.map(({ name }) => this.stop(name)));
  }
}
