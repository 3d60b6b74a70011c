/**
 * The one fixture for tests that need NATS and PostgreSQL: in containers when a container engine answers, else the embedded
 * servers. A run has one shared pair (`natsUrl` and `databaseUrl` by vitest's `inject`); a spec asks for a database of its
 * own with `freshDatabase()`, and for a NATS of its own with `startNats()`, since stream names are fixed.
 */
import { startNats } from './nats.js';
import { startPostgres } from './postgres.js';

export { natsUrlOf, startNats, type TestNats } from './nats.js';
export { freshDatabase, type TestDatabase } from './postgres.js';

export interface TestServers {
  natsUrl: string;
  databaseUrl: string;
  killNats(): Promise<void>;
  restartNats(): Promise<void>;
  stop(): Promise<void>;
}

/** A pair of its own: for tests that take servers down. */
export async function startServers(runDirectory?: string): Promise<TestServers> {
  const [nats, postgres] = await Promise.all([
    startNats(runDirectory === undefined ? {} : { runDirectory }),
    startPostgres(runDirectory),
  ]);
  return {
    natsUrl: nats.url,
    databaseUrl: postgres.url,
    killNats: () => nats.kill(),
    restartNats: () => nats.restart(),
    stop: async () => void (await Promise.all([nats.stop(), postgres.stop()])),
  };
}
