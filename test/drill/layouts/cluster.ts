/** Three NATS nodes, Postgres, every app as processes: what `npm run cluster` starts, on ports picked free. */
import { join } from 'node:path';
import { startCluster } from '../../../apps/odnix/cluster/start-cluster.js';
import { Instruments } from './instruments.js';
import type { Layout, LayoutOptions } from './layout.js';

const programs = join(import.meta.dirname, '../../../dist/apps');
const servers = ['nats-1', 'nats-2', 'nats-3', 'postgres'];

export async function startClusterLayout(dataDir: string, options: LayoutOptions): Promise<Layout> {
  const { say, chance, signal, hasSmallDisks } = options;
  const instruments = new Instruments({ dataDir, say, chance });
  if (hasSmallDisks) for (const server of servers) instruments.giveDisk(server);
  const cluster = await startCluster({
    ...(signal && { signal }),
    dataDir,
    programs,
    host: '127.0.0.1',
    port: 0,
    streamsPerFamily: 4,
    logLevel: 'warn',
    nodeEnv: 'development',
    environmentOf: instruments.environmentOf,
    say,
  }).catch(async (error: unknown) => {
    await instruments.close();
    throw error;
  });
  const gateways = cluster.places.filter(({ name }) => name.startsWith('gateway'));
  return {
    kind: 'cluster',
    url: cluster.url,
    servers: gateways.map(({ name, address }) => ({ name, url: address })),
    faults: instruments.faults(cluster, cluster.natsUrl, options),
    stop: async () => {
      await instruments.letGo();
      await cluster.stopAll();
      await instruments.close();
    },
  };
}
