/**
 * A NATS server with JetStream as our child: file store, on loopback, on a port that the server itself picks and
 * tells, so that no other program can take it in between. With `fsync` (the default) every message is on the disk
 * before it is acknowledged.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats } from '#streams/connection.js';
import { forgetBatches, keepBatchesInMemory } from './batches-in-memory.js';
import { Child, logTail } from './child-process.js';
import { findNatsBinary } from './nats-binary.js';
import { stopOrphans } from './orphans.js';

const ready_ms = 120_000;
const poll_ms = 10;
/** A decision with the list of 10,000 members takes 2.5 MB. */
const payload_bytes_max = 8 * 1024 * 1024;
const log_bytes_max = 10 * 1024 * 1024;

export interface NatsServerOptions {
  /** Created when missing; everything of the server is below it. One server at a time. */
  directory: string;
  /** Who connects must know it; absent: anyone on this machine may connect. */
  password?: string;
  /** One user an app, as `natsAuthorization` tells it, instead of one for all; `password` is then the admin's. */
  users?: string;
  /** A fixed port; by default the server picks a free one at every start. */
  port?: number;
  fsync?: boolean;
  /** It tells of itself by HTTP, on loopback, to whoever is on this machine. */
  monitored?: boolean;
  /** One of several servers; absent: it stands alone. */
  cluster?: NatsClusterPlace;
}

export interface NatsClusterPlace {
  /** Its replicas are kept under this name: the same at every start. */
  serverName: string;
  /** Where the others find it. */
  port: number;
  /** Of all of them, itself included. */
  ports: readonly number[];
  /** The servers know each other by it. */
  password: string;
}

export interface NatsServer {
  /** With credentials, if there are any: not to be printed. */
  url: string;
  port: number;
  pid: number;
  /** Where it tells of itself, if it does. */
  monitorUrl: string | undefined;
  logFile: string;
  exited: Promise<void>;
  /** To be told when the streams are made and nothing is written yet, at every start. */
  streamsMade(): void;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * Resolves when a client has connected and, on a server that stands alone, JetStream answers: in a cluster that takes a
 * majority, which one server's start cannot wait for. Orphans of an earlier run are stopped first.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const configFile = join(options.directory, 'nats.conf');
  const logFile = join(options.directory, 'nats.log');
  const portsDirectory = join(options.directory, 'ports');
  const program = await findNatsBinary();
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  await stopOrphans({
    program: 'nats-server',
    argument: configFile,
    directory: options.directory,
    stopSignal: 'SIGTERM',
  });
  rmSync(portsDirectory, { recursive: true, force: true });
  mkdirSync(portsDirectory);
  writeFileSync(configFile, config(options, portsDirectory), { mode: 0o600 });
  const child = await Child.start({
    program,
    args: ['-c', configFile],
    directory: options.directory,
    logFile,
    stopSignal: 'SIGTERM',
    hardStopSignal: 'SIGKILL',
  });
  try {
    const { port, monitorUrl } = await untilReady(child, portsDirectory, options);
    const url = natsServerUrl(port, options);
    const { pid, exited } = child;
    return {
      url,
      port,
      pid,
      monitorUrl,
      logFile,
      exited,
      streamsMade: () => void (options.cluster ?? keepBatchesInMemory(options.directory)),
      stop: async () => {
        await child.stop();
        forgetBatches(options.directory);
      },
      kill: () => child.kill(),
    };
  } catch (error) {
    await child.kill();
    throw new Error(`The embedded NATS server did not start; ${logFile} ends:\n${logTail(logFile)}`, {
      cause: error,
    });
  }
}

function config(
  { directory, password, users, port = -1, fsync = true, monitored = false, cluster }: NatsServerOptions,
  portsDirectory: string,
): string {
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    `ports_file_dir: ${JSON.stringify(portsDirectory)}`,
    `max_payload: ${payload_bytes_max}`,
    `logfile_size_limit: ${log_bytes_max}`,
    `jetstream { store_dir: ${JSON.stringify(join(directory, 'store'))}${fsync ? ', sync_interval: always' : ''} }`,
  ];
  if (users !== undefined) lines.push(users);
  else if (password !== undefined)
    lines.push(`authorization { user: odnix, password: ${JSON.stringify(password)} }`);
  if (monitored) lines.push('http: "127.0.0.1:-1"');
  if (cluster) lines.push(`server_name: ${cluster.serverName}`, clusterBlock(cluster));
  return `${lines.join('\n')}\n`;
}

function clusterBlock({ port, ports, password }: NatsClusterPlace): string {
  const routes = ports.map((other) => `"nats://route:${encodeURIComponent(password)}@127.0.0.1:${other}"`);
  const authorization = `authorization { user: route, password: ${JSON.stringify(password)} }`;
  return `cluster { name: odnix, listen: "127.0.0.1:${port}", ${authorization}, routes: [${routes.join(', ')}] }`;
}

/** Of its one user, or of the admin. */
export function natsServerUrl(
  port: number,
  { password, users }: Pick<NatsServerOptions, 'password' | 'users'>,
): string {
  const user = users === undefined ? 'odnix' : 'admin';
  const credentials = password === undefined ? '' : `${user}:${encodeURIComponent(password)}@`;
  return `nats://${credentials}127.0.0.1:${port}`;
}

async function untilReady(child: Child, portsDirectory: string, options: NatsServerOptions): Promise<Ports> {
  const deadline = Date.now() + ready_ms;
  let lastError: unknown;
  while (!child.hasExited && Date.now() < deadline) {
    try {
      const ports = portsOf(child, portsDirectory);
      await (options.cluster ? askServer : askJetStream)(natsServerUrl(ports.port, options));
      return ports;
    } catch (error) {
      lastError = error;
      await pause(poll_ms);
    }
  }
  throw new Error(child.hasExited ? 'It ended.' : `It was not ready within ${ready_ms} ms.`, {
    cause: lastError,
  });
}

type Ports = Pick<NatsServer, 'port' | 'monitorUrl'>;

function portsOf(child: Child, portsDirectory: string): Ports {
  const file = join(portsDirectory, `nats-server_${child.pid}.ports`);
  const ports = JSON.parse(readFileSync(file, 'utf8')) as { nats: string[]; monitoring?: string[] };
  return { port: Number(new URL(ports.nats[0] ?? '').port), monitorUrl: ports.monitoring?.[0] };
}

async function askServer(url: string): Promise<void> {
  const connection = await connectNats(url, { reconnect: false, timeout: 2_000 });
  await connection.close();
}

async function askJetStream(url: string): Promise<void> {
  const connection = await connectNats(url, { reconnect: false, timeout: 2_000 });
  try {
    await connection.request('$JS.API.INFO', '', { timeout: 2_000 });
  } finally {
    await connection.close();
  }
}
