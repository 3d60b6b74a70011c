/** The apps of a cluster: where each instance listens and keeps its log, and the settings it is started with. */
import { join } from 'node:path';
import { reservePorts } from '../embedded/free-ports.js';
import { startApp } from './app-process.js';
import { appInstances, knowTheSecret, serveClients, type AppName } from './layout.js';
import type { Place } from './member.js';
import type { ClusterServers } from './servers.js';
import type { Upstream } from './tunnel.js';

const host = '127.0.0.1';

export interface AppSettings {
  /** Of the built apps. */
  programs: string;
  /** Each instance has one below it. */
  directory: string;
  streamsPerFamily: number;
  secret: string;
  logLevel: string;
  nodeEnv: string;
  /** Has the last word on what an instance is started with. */
  environmentOf?(name: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv>;
}

export interface AppPlace extends Place {
  readonly app: AppName;
  readonly directory: string;
  /** For clients, if it serves them. */
  readonly public: Upstream;
}

/** None of them runs yet. Each stands at the same address whenever it is started, for as long as this launcher lives. */
export async function layOutApps(settings: AppSettings, servers: ClusterServers): Promise<AppPlace[]> {
  const instances = (Object.keys(appInstances) as AppName[]).flatMap((app) =>
    Array.from({ length: appInstances[app] }, (_, index) => ({ app, name: `${app}-${index + 1}` })),
  );
  const ports = await reservePorts(2 * instances.length);
  const { environmentOf = async (_name, env) => env } = settings;
  const places = instances.map(async ({ app, name }, index): Promise<AppPlace> => {
    const reserved = ports.slice(2 * index, 2 * index + 2);
    const [port = 0, healthPort = 0] = reserved.map((one) => one.port);
    const directory = join(settings.directory, name);
    const env = await environmentOf(name, {
      ...appEnvironment(app, settings, servers),
      PORT: String(port),
      ADMIN_PORT: String(port),
      HEALTH_PORT: String(healthPort),
    });
    return {
      app,
      name,
      directory,
      public: { host, port },
      address: serveClients.includes(app) || app === 'admin' ? `http://${host}:${port}` : '',
      health: `http://${host}:${healthPort}`,
      launch: async () => {
        await Promise.all(reserved.map((one) => one.release()));
        return startApp({ programs: settings.programs, app, main: mainOf(app), directory, env });
      },
    };
  });
  return Promise.all(places);
}

/** The admin's other program is the operator's command. */
const mainOf = (app: AppName): string => (app === 'admin' ? 'server/main.js' : 'main.js');

/** No more than what it needs; of the launcher's own settings nothing. */
export function appEnvironment(
  app: AppName,
  { streamsPerFamily, secret, logLevel, nodeEnv }: AppSettings,
  servers: ClusterServers,
): NodeJS.ProcessEnv {
  const { natsUrl, databaseUrl } = servers.urlsOf(app);
  const knows = (apps: readonly string[]): boolean => apps.includes(app);
  return {
    ...process.env,
    HOST: host,
    HEALTH_HOST: host,
    // The front, and nobody else reaches them.
    // Between the front and them it is this machine's own loopback.
    TLS_CERT: undefined,
    TLS_KEY: undefined,
    TRUSTED_PROXIES: serveClients.includes(app) ? host : undefined,
    NATS_URL: natsUrl,
    DATABASE_URL: databaseUrl,
    ODNIX_SECRET: knows(knowTheSecret) ? secret : undefined,
    STREAMS_PER_FAMILY: String(streamsPerFamily),
    LOG_LEVEL: logLevel,
    NODE_ENV: nodeEnv,
  };
}
