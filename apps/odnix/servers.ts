/** The servers that Odnix stands on: those whose URLs are given, embedded ones for the rest. */
import { startNatsServer, type NatsServer } from './embedded/nats-server.js';
import { startPostgresServer } from './embedded/postgres-server.js';
import type { DataDirectory } from './data-directory.js';
import { natsDurabilityWarning } from './nats-durability.js';
import type { OdnixSettings } from './settings.js';
import { join } from 'node:path';

const progress_after_ms = 2_000;

export interface Servers {
  natsUrl: string;
  databaseUrl: string;
  /** Resolves with what happened if an embedded server ends without having been told to. */
  lost: Promise<string>;
  /** To be told when the streams are made and nothing is written yet. */
  streamsMade(): void;
  /** Both at once; takes at most six seconds. */
  stop(): Promise<void>;
}

interface Started {
  url: string;
  lost: Promise<string>;
  streamsMade(): void;
  stop(): Promise<void>;
}

export type Say = (line: string) => void;

/** If one of them cannot be started the other is stopped before this throws. */
export async function startServers(settings: OdnixSettings, data: DataDirectory, say: Say): Promise<Servers> {
  const starting = [
    withProgress('NATS', startNats(settings, data, say), say),
    withProgress('PostgreSQL', startPostgres(settings, data, say), say),
  ] as const;
  const results = await Promise.allSettled(starting);
  const [nats, postgres] = results;
  if (nats.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return {
      natsUrl: nats.value.url,
      databaseUrl: postgres.value.url,
      lost: Promise.race([nats.value.lost, postgres.value.lost]),
      streamsMade: () => nats.value.streamsMade(),
      stop: async () => void (await Promise.all([nats.value.stop(), postgres.value.stop()])),
    };
  }
  await Promise.all(
    results.map((result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)),
  );
  throw nats.status === 'rejected' ? nats.reason : (postgres as PromiseRejectedResult).reason;
}

async function startNats(settings: OdnixSettings, data: DataDirectory, say: Say): Promise<Started> {
  if (settings.natsUrl !== undefined) {
    const warning = await natsDurabilityWarning(settings.natsUrl);
    if (warning !== undefined) say(warning);
    return external(settings.natsUrl);
  }
  const server = await startNatsServer({ directory: join(data.path, 'nats'), password: data.secret('nats') });
  return embedded('NATS server', server);
}

async function startPostgres(settings: OdnixSettings, data: DataDirectory, say: Say): Promise<Started> {
  if (settings.databaseUrl !== undefined) return external(settings.databaseUrl);
  const wanted = join(data.path, 'postgres');
  const server = await startPostgresServer({ directory: wanted, password: data.secret('postgres') });
  if (server.directory !== wanted) {
    say(
      `Notice: PostgreSQL does not run as root, and its user cannot reach ${data.path}: its files are in ` +
        `${server.directory}, linked from there.`,
    );
  }
  return embedded('PostgreSQL', server);
}

const nothing = (): void => undefined;

function external(url: string): Started {
  return { url, lost: new Promise(() => undefined), streamsMade: nothing, stop: async () => undefined };
}

function embedded(
  name: string,
  server: Pick<NatsServer, 'url' | 'pid' | 'logFile' | 'exited' | 'stop'> & Partial<NatsServer>,
): Started {
  let stopping = false;
  return {
    url: server.url,
    streamsMade: server.streamsMade ?? nothing,
    lost: new Promise((resolve) => {
      void server.exited.then(() => {
        if (!stopping)
          resolve(`The embedded ${name} (process ${server.pid}) has ended; see ${server.logFile}.`);
      });
    }),
    stop: () => {
      stopping = true;
      return server.stop();
    },
  };
}

async function withProgress<T>(name: string, starting: Promise<T>, say: Say): Promise<T> {
  const timer = setInterval(() => say(`Still starting ${name} ...`), progress_after_ms);
  try {
    return await starting;
  } finally {
    clearInterval(timer);
  }
}
