/**
 * The servers below a cluster's apps: three NATS nodes and a Postgres, and the URLs by which each app reaches them, as a user
 * of its own who may do what it needs (docs/authority.md).
 */
import { join } from 'node:path';
import { databaseApps, passwordVariableOf, roleOf, type DatabaseApp } from '#db/role-grants.js';
import { natsAuthorization } from '#streams/nats-authorization.js';
import { apps } from '#streams/permissions.js';
import type { DataDirectory } from '../data-directory.js';
import { reservePorts } from '../embedded/free-ports.js';
import { natsNodes } from '../embedded/nats-nodes.js';
import { startPostgresServer } from '../embedded/postgres-server.js';
import { nats_nodes_count, type AppName } from './layout.js';
import type { Place, RunningProcess } from './member.js';

export interface ClusterServers {
  readonly nats: readonly Place[];
  readonly postgres: Place;
  /** The gateway has no database. */
  urlsOf(app: AppName): { natsUrl: string; databaseUrl?: string };
  /** Settings of the admin's set-up: with them the apps' roles become logins. */
  readonly passwordSettings: Readonly<Record<string, string>>;
}

/** None of them runs yet. Each stands at the same address whenever it is started, for as long as this launcher lives. */
export async function layOutServers(data: DataDirectory, streamsPerFamily: number): Promise<ClusterServers> {
  const natsPasswords = secretsOf(data, 'nats', [...apps, 'admin']);
  const nodes = await natsNodes({
    directory: data.path,
    count: nats_nodes_count,
    password: natsPasswords.admin,
    users: natsAuthorization(natsPasswords, { streamsPerFamily }),
    routePassword: data.secret('nats-routes'),
  });
  const [reserved] = await reservePorts(1);
  const { port } = reserved!;
  const postgres = { directory: join(data.path, 'postgres'), password: data.secret('postgres'), port };
  const databasePasswords = secretsOf(data, 'postgres', databaseApps);
  const address = `postgres://127.0.0.1:${port}/odnix`;
  const natsUrlOf = (app: AppName) => nodes.map(({ url }) => urlAs(url, app, natsPasswords[app])).join(',');
  const databaseUrlOf = (app: DatabaseApp | 'admin') =>
    app === 'admin'
      ? urlAs(address, 'odnix', postgres.password)
      : urlAs(address, roleOf(app), databasePasswords[app]);
  return {
    nats: nodes.map(({ name, url, start }) => ({
      name,
      address: `nats://${new URL(url).host}`,
      launch: () => serving(start()),
    })),
    postgres: {
      name: 'postgres',
      address,
      launch: async (signal) => {
        await reserved!.release();
        return serving(startPostgresServer({ ...postgres, signal }));
      },
    },
    urlsOf: (app) => ({
      natsUrl: natsUrlOf(app),
      ...(app === 'gateway' ? {} : { databaseUrl: databaseUrlOf(app) }),
    }),
    passwordSettings: Object.fromEntries(
      databaseApps.map((app) => [passwordVariableOf(app), databasePasswords[app]]),
    ),
  };
}

/** One each, kept in the data directory. */
function secretsOf<Name extends string>(
  data: DataDirectory,
  server: string,
  names: readonly Name[],
): Record<Name, string> {
  const pairs = names.map((name) => [name, data.secret(`${server}-${name}`)]);
  return Object.fromEntries(pairs) as Record<Name, string>;
}

function urlAs(address: string, user: string, password: string): string {
  const url = new URL(address);
  url.username = user;
  url.password = password;
  return url.href;
}

/** These are given out once they serve. */
async function serving(starting: Promise<Omit<RunningProcess, 'ready'>>): Promise<RunningProcess> {
  return { ...(await starting), ready: Promise.resolve() };
}
