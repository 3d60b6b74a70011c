/** Three NATS nodes, a gateway at each (the last one by a link that can be cut), and accounts whose devices are connected to all three. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { migrate } from '#db/migrate.js';
import type { AccessSigner } from '#edge/access-token.js';
import { Ask, replied } from '#edge/ask.js';
import { deriveSecrets } from '#edge/secrets.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import type { Identity } from '#streams/requests.js';
import { natsNodes, replicasReady } from '../../apps/odnix/embedded/nats-nodes.js';
import type { NatsServer } from '../../apps/odnix/embedded/nats-server.js';
import { startPostgresServer, type PostgresServer } from '../../apps/odnix/embedded/postgres-server.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { startApp, type AppName, type StartedProcess } from '../../test/support/app-process.js';
import { linkTo, type NatsLink } from '../../test/support/nats-link.js';
import { WireClient } from '../../test/support/wire-client.js';

/** Beside the one that signs out. */
export const devices_an_account = 9;

export interface Guest {
  readonly identity: Identity;
  /** One session at each gateway. */
  readonly sessions: readonly WireClient[];
}

export class Scene {
  private constructor(
    private readonly directory: string,
    private readonly nodes: readonly NatsServer[],
    private readonly postgres: PostgresServer,
    private readonly nc: NatsConnection,
    private readonly ask: Ask,
    private readonly access: AccessSigner,
    readonly link: NatsLink,
    private readonly apps: readonly StartedProcess[],
    private readonly gateways: readonly string[],
  ) {}

  static async set(): Promise<Scene> {
    const directory = mkdtempSync(join(tmpdir(), 'odnix-bench-'));
    chmodSync(directory, 0o711);
    const password = randomBytes(16).toString('hex');
    const starting = startPostgresServer({ directory: join(directory, 'postgres'), password });
    const [nodes, postgres] = await Promise.all([startCluster(directory), starting]);
    const urls = nodes.map(({ url }) => url);
    const nc = await connectNats(urls[0]!, { name: 'bench' });
    await applyTopology(nc, { streamsPerFamily: 1, replicas: 3 });
    await migrate(postgres.url);
    const secret = randomBytes(32);
    const link = await linkTo(urls[2]!);
    const start = (name: AppName, NATS_URL: string) =>
      startApp(name, {
        ODNIX_SECRET: secret.toString('base64url'),
        STREAMS_PER_FAMILY: '1',
        // All come from one address, and one person signs out many.
        LIMITS_SCALE: 'off',
        NATS_URL,
        DATABASE_URL: postgres.url,
      });
    const behind = await Promise.all(
      (['command-handler', 'timeline', 'projector'] as const).map((name) => start(name, urls[0]!)),
    );
    const at = [urls[0]!, urls[1]!, link.url];
    const gateways = await Promise.all(at.map((url) => start('gateway', url)));
    const access = await accessSigner(nc, deriveSecrets(secret));
    const apps = [...gateways, ...behind];
    const doors = gateways.map(({ url }) => url);
    return new Scene(directory, nodes, postgres, nc, new Ask(nc), access, link, apps, doors);
  }

  /** An account: its first device, connected to the first gateway, and all others, to every gateway. */
  async account(): Promise<{ readonly owner: WireClient; readonly guests: readonly Guest[] }> {
    const identity = { user_id: uuidV7(), device_id: uuidV7() };
    const profile = { phone_hash: randomBytes(32).toString('hex'), display_name: 'A' };
    await this.command(identity, 'account.register', profile);
    await this.addDevice(identity, identity.device_id);
    const [owner] = await this.connected(identity, this.gateways.slice(0, 1));
    const guests: Guest[] = [];
    for (let more = 0; more < devices_an_account; more++) {
      const guest = { ...identity, device_id: uuidV7() };
      await this.addDevice(identity, guest.device_id);
      guests.push({ identity: guest, sessions: await this.connected(guest, this.gateways) });
    }
    return { owner: owner!, guests };
  }

  async remove(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.kill()));
    await this.nc.close();
    await this.link.close();
    await Promise.all([...this.nodes.map((node) => node.kill()), this.postgres.stop()]);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  private addDevice(identity: Identity, device_id: string): Promise<void> {
    return this.command(identity, 'account.addDevice', { device_id, name: 'd', type: 'web' });
  }

  private async connected(identity: Identity, urls: readonly string[]): Promise<WireClient[]> {
    const token = await this.access.sign(identity);
    return Promise.all(urls.map((url) => WireClient.open(url, token)));
  }

  private async command(identity: Identity, method: string, params: object): Promise<void> {
    const command = { command_id: uuidV7(), method, params: { ...params } };
    replied((await this.ask.commands('account', identity, identity.user_id, [command]))[0]!);
  }
}

/** NATS acknowledges before the disk does. */
async function startCluster(directory: string): Promise<NatsServer[]> {
  const count = 3;
  const nodes = await natsNodes({
    directory: join(directory, 'nats'),
    count,
    routePassword: 'of a bench',
    fsync: false,
  });
  const servers = await Promise.all(nodes.map((node) => node.start()));
  await replicasReady(servers[0]!.url, count);
  return servers;
}
