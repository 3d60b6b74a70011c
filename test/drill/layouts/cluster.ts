/** Three NATS nodes, Postgres, every app as processes: what `npm run cluster` starts, on ports picked free. */
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats } from '#streams/connection.js';
import type { RunningCluster } from '../../../apps/odnix/cluster/cluster.js';
import { startCluster } from '../../../apps/odnix/cluster/start-cluster.js';
import type { Fault, Layout } from './layout.js';

const programs = join(import.meta.dirname, '../../../dist/apps');
const isServer = (name: string): boolean => /^(nats|postgres)/.test(name);

export interface ClusterLayoutOptions {
  /** How long Postgres stays away in the fault of that name. */
  readonly postgres_down_ms: number;
  /** Aborted while it starts: it gives up and throws. */
  readonly signal?: AbortSignal;
}

export async function startClusterLayout(
  dataDir: string,
  { postgres_down_ms, ...more }: ClusterLayoutOptions,
): Promise<Layout> {
  const cluster = await startCluster({
    ...more,
    dataDir,
    programs,
    host: '127.0.0.1',
    port: 0,
    streamsPerFamily: 4,
    logLevel: 'warn',
    nodeEnv: 'development',
    say: (line) => console.log(`        ${line}`),
  });
  const gateways = cluster.places.filter(({ name }) => name.startsWith('gateway'));
  return {
    kind: 'cluster',
    url: cluster.url,
    servers: gateways.map(({ name, address }) => ({ name, url: address })),
    faults: faultsOf(cluster, postgres_down_ms),
    stop: () => cluster.stopAll(),
  };
}

function faultsOf(cluster: RunningCluster, postgres_down_ms: number): Fault[] {
  const apps = cluster.names.filter((name) => !isServer(name));
  return [
    // A gateway is killed long after it was stopped: by then its clients have come back to it.
    ...apps.map((name) => ofApp(cluster, name, 'stop')),
    ...apps.map((name) => ofApp(cluster, name, 'kill')),
    natsLeader(cluster),
    {
      name: 'postgres down',
      closes: [],
      down_ms: postgres_down_ms,
      begin: () => cluster.stop('postgres'),
      end: () => cluster.start('postgres'),
    },
    {
      name: 'kill everything',
      closes: 'all',
      begin: async () => void (await Promise.all(cluster.names.map((name) => cluster.kill(name)))),
      end: async () => {
        await Promise.all(cluster.names.filter(isServer).map((name) => cluster.start(name)));
        await Promise.all(apps.map((name) => cluster.start(name)));
      },
    },
  ];
}

const ofApp = (cluster: RunningCluster, name: string, how: 'stop' | 'kill'): Fault => ({
  name: `${how} ${name}`,
  closes: name.startsWith('gateway') ? [name] : [],
  begin: () => cluster[how](name),
  end: () => cluster.start(name),
});

/** The node that leads most streams when its time has come. */
function natsLeader(cluster: RunningCluster): Fault {
  let leader = '';
  return {
    name: 'kill nats leader',
    closes: [],
    begin: async () => {
      leader = await mostlyLeading(cluster.natsUrl);
      await cluster.kill(leader);
    },
    end: () => cluster.start(leader),
  };
}

async function mostlyLeading(natsUrl: string): Promise<string> {
  const nats = await connectNats(natsUrl, { name: 'drill' });
  try {
    const leads = new Map<string, number>();
    for await (const { cluster } of (await jetstreamManager(nats)).streams.list()) {
      if (cluster?.leader) leads.set(cluster.leader, (leads.get(cluster.leader) ?? 0) + 1);
    }
    return [...leads].sort((one, other) => other[1] - one[1])[0]![0];
  } finally {
    await nats.close();
  }
}
