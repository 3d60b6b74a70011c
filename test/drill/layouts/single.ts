/** Every app in one process, beside a NATS server and a Postgres of this layout's own: each can be taken away by itself. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../apps/odnix/embedded/free-ports.js';
import { startNatsServer } from '../../../apps/odnix/embedded/nats-server.js';
import { startPostgresServer } from '../../../apps/odnix/embedded/postgres-server.js';
import { Member, type Place, type RunningProcess } from '../../../apps/odnix/cluster/member.js';
import { LaunchedOdnix } from '../../support/launched-odnix.js';
import type { Processes } from '../faults/fault.js';
import { Instruments } from './instruments.js';
import type { Layout, LayoutOptions } from './layout.js';

const stop_odnix_ms_max = 15_000;

export async function startSingle(dataDir: string, options: LayoutOptions): Promise<Layout> {
  const { say, chance, hasSmallDisks } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const instruments = new Instruments({ dataDir, say, chance });
  if (hasSmallDisks) for (const server of ['nats', 'postgres']) instruments.giveDisk(server);
  const nats = { directory: join(dataDir, 'nats'), port: await freePort() };
  const password = randomBytes(16).toString('hex');
  const postgres = { directory: join(dataDir, 'postgres'), password, port: await freePort() };
  const natsUrl = `nats://127.0.0.1:${nats.port}`;
  const port = await freePort();
  const env = await instruments.environmentOf('odnix', {
    PORT: String(port),
    NATS_URL: natsUrl,
    DATABASE_URL: `postgres://odnix:${password}@127.0.0.1:${postgres.port}/odnix`,
    ODNIX_SECRET: randomBytes(32).toString('base64url'),
    ODNIX_DATA_DIR: join(dataDir, 'odnix'),
    LOG_LEVEL: 'warn',
  });
  const place = (name: string, launch: Place['launch']): Place => ({ name, address: '', launch });
  const members = [
    place('nats', async () => served(await startNatsServer(nats))),
    place('postgres', async (signal) => served(await startPostgresServer({ ...postgres, signal }))),
    place('odnix', async () => launchOdnix(env, join(dataDir, 'odnix.log'))),
  ].map((one) => new Member(one, say));
  const processes = new Several(members);
  const stop = async () => {
    await instruments.letGo();
    for (const name of ['odnix', 'postgres', 'nats']) await processes.stop(name);
    await instruments.close();
  };
  try {
    await Promise.all([processes.start('nats'), processes.start('postgres')]);
    await processes.start('odnix');
  } catch (error) {
    await stop();
    throw error;
  }
  const faults = instruments.faults(processes, natsUrl, options);
  return { kind: 'single', url: `http://127.0.0.1:${port}`, servers: [], faults, stop };
}

class Several implements Processes {
  constructor(private readonly members: readonly Member[]) {}

  get names(): string[] {
    return this.members.map(({ name }) => name);
  }

  readonly pid = (name: string) => this.named(name).pid;
  readonly kill = (name: string) => this.named(name).kill();
  readonly stop = (name: string) => this.named(name).stop();
  readonly start = (name: string) => this.named(name).start();

  private named(name: string): Member {
    return this.members.find((member) => member.name === name)!;
  }
}

/** These are given out once they serve. */
const served = (process: Omit<RunningProcess, 'ready'>): RunningProcess => ({
  ...process,
  ready: Promise.resolve(),
});

function launchOdnix(env: NodeJS.ProcessEnv, logFile: string): RunningProcess {
  const hear = (text: string) => appendFileSync(logFile, text);
  const launched = new LaunchedOdnix({ env: env as Record<string, string>, hear });
  const exited = launched.exited.then(() => undefined);
  const ready = launched.url().then(() => undefined);
  ready.catch(() => undefined); // It may end before anybody waits.
  const end = async (signal: NodeJS.Signals) => {
    const isGone = await Promise.race([exited.then(() => true), Promise.resolve(false)]);
    if (!isGone) launched.signal(signal);
    await exited;
  };
  const stop = async () => {
    const late = setTimeout(() => launched.signal('SIGKILL'), stop_odnix_ms_max);
    await end('SIGTERM').finally(() => clearTimeout(late));
  };
  return { pid: launched.pid, ready, exited, stop, kill: () => end('SIGKILL') };
}
