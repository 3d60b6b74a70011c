/** NATS and Postgres of a bench's own. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { natsNodes, replicasReady } from '../../apps/odnix/embedded/nats-nodes.js';
import { startNatsServer, type NatsServer } from '../../apps/odnix/embedded/nats-server.js';
import { startPostgresServer, type PostgresServer } from '../../apps/odnix/embedded/postgres-server.js';

/**
 * `strict`: every message is on the disk of every node before it is acknowledged. `replicated`: NATS acknowledges before its
 * disks do, so that with several nodes what was acknowledged stands in the memory of a majority of them.
 */
export const durabilities = ['strict', 'replicated'] as const;
export type Durability = (typeof durabilities)[number];

export interface BenchServers {
  readonly nats: readonly NatsServer[];
  readonly natsUrl: string;
  readonly postgres: PostgresServer;
  stop(): Promise<void>;
}

export async function startBenchServers(
  directory: string,
  durability: Durability,
  nodes: number,
): Promise<BenchServers> {
  mkdirSync(directory);
  chmodSync(directory, 0o711);
  const fsync = durability === 'strict';
  const natsDirectory = join(directory, 'nats');
  const password = randomBytes(16).toString('hex');
  const [nats, postgres] = await Promise.allSettled([
    nodes === 1
      ? startNatsServer({ directory: natsDirectory, fsync, monitored: true }).then((one) => [one])
      : startCluster(natsDirectory, fsync, nodes),
    startPostgresServer({ directory: join(directory, 'postgres'), password }),
  ]);
  if (nats.status === 'rejected' || postgres.status === 'rejected') {
    if (nats.status === 'fulfilled') await Promise.all(nats.value.map((one) => one.kill()));
    if (postgres.status === 'fulfilled') await postgres.value.stop();
    throw nats.status === 'rejected' ? nats.reason : (postgres as PromiseRejectedResult).reason;
  }
  return {
    nats: nats.value,
    natsUrl: nats.value.map(({ url }) => url).join(','),
    postgres: postgres.value,
    stop: async () =>
      void (await Promise.all([...nats.value.map((one) => one.stop()), postgres.value.stop()])),
  };
}

async function startCluster(directory: string, fsync: boolean, count: number): Promise<NatsServer[]> {
  const routePassword = randomBytes(16).toString('hex');
  const nodes = await natsNodes({ directory, count, routePassword, fsync, monitored: true });
  const servers = await Promise.all(nodes.map((node) => node.start()));
  await replicasReady(servers[0]!.url, count);
  return servers;
}
