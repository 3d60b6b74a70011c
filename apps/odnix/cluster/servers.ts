/** The servers below a cluster's apps: three NATS nodes and a Postgres, and the URLs by which each app reaches them. */
import { join } from 'node:path';
import type { DataDirectory } from '../data-directory.js';
import { freePorts } from '../embedded/free-ports.js';
import { natsNodes } from '../embedded/nats-nodes.js';
import { startPostgresServer } from '../embedded/postgres-server.js';
import { nats_nodes_count, type AppName } from './layout.js';
import type { Place, RunningProcess } from './member.js';

export interface ClusterServers {
  readonly nats: readonly Place[];
  readonly postgres: Place;
  urlsOf(app: AppName | 'admin'): { natsUrl: string; databaseUrl: string };
}

/** None of them runs yet. Each stands at the same address whenever it is started, for as long as this launcher lives. */
export async function layOutServers(data: DataDirectory): Promise<ClusterServers> {
  const nodes = await natsNodes({
    directory: data.path,
    count: nats_nodes_count,
    password: data.secret('nats'),
    routePassword: data.secret('nats-routes'),
  });
  const natsUrl = nodes.map(({ url }) => url).join(',');
  const [port = 0] = await freePorts(1);
  const postgres = { directory: join(data.path, 'postgres'), password: data.secret('postgres'), port };
  const databaseUrl = `postgres://odnix:${encodeURIComponent(postgres.password)}@127.0.0.1:${port}/odnix`;
  return {
    nats: nodes.map(({ name, url, start }) => ({
      name,
      address: `nats://${new URL(url).host}`,
      launch: () => serving(start()),
    })),
    postgres: {
      name: 'postgres',
      address: `postgres://127.0.0.1:${port}/odnix`,
      launch: () => serving(startPostgresServer(postgres)),
    },
    urlsOf: () => ({ natsUrl, databaseUrl }),
  };
}

/** These are given out once they serve. */
async function serving(starting: Promise<Omit<RunningProcess, 'ready'>>): Promise<RunningProcess> {
  return { ...(await starting), ready: Promise.resolve() };
}
