/** Three NATS servers for a test to own, on this machine's loopback: for what only replicas show. */
import { natsNodes, replicasReady } from '../../apps/odnix/embedded/nats-nodes.js';
import { freshDirectory } from './run-directory.js';

export interface TestNatsCluster {
  /** One URL a server. */
  urls: string[];
  /** SIGKILL to one, for good. */
  kill(index: number): Promise<void>;
  /** SIGKILL to all, for good. */
  stop(): Promise<void>;
}

/** Answers when a stream can have a replica on each server. */
export async function startNatsCluster(count = 3): Promise<TestNatsCluster> {
  const cluster = await launchNatsCluster(count);
  await replicasReady(cluster.urls[0]!, count);
  return cluster;
}

/** Answers when each server can be reached, while they are still meeting one another. */
export async function launchNatsCluster(count = 3): Promise<TestNatsCluster> {
  const nodes = await natsNodes({
    directory: freshDirectory(),
    count,
    routePassword: 'of a test',
    fsync: false,
  });
  const servers = await Promise.all(nodes.map((node) => node.start()));
  const urls = nodes.map(({ url }) => url);
  return {
    urls,
    kill: (index) => servers[index]!.kill(),
    stop: async () => void (await Promise.all(servers.map((server) => server.kill()))),
  };
}
