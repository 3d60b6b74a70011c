import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats } from '#streams/connection.js';
import { findNatsBinary } from '../../apps/odnix/embedded/nats-binary.js';

const ready_timeout_ms = 20_000;

/** A real nats-server that a spec may kill and start again: same port, same directory, same identity. */
export interface NatsProcess {
  readonly url: string;
  /** The server's own view over HTTP: `/connz`, `/jsz`, ... */
  readonly monitorUrl: string;
  start(): Promise<void>;
  /** kill -9: no goodbye, nothing flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Kills it and removes its directory. */
  dispose(): Promise<void>;
}

/** One server with JetStream. */
export async function startNats(): Promise<NatsProcess> {
  const [port, monitorPort] = await freePorts(2);
  const server = await natsProcess(port!, monitorPort!, []);
  await server.start();
  return server;
}

/** A cluster for streams with three replicas; answers when JetStream has elected its leader. */
export async function startNatsCluster(size: number): Promise<NatsProcess[]> {
  const ports = await freePorts(size * 3);
  const routes = ports.slice(size * 2).map((port) => `nats://127.0.0.1:${port}`);
  const servers = await Promise.all(
    routes.map((route, i) =>
      natsProcess(ports[i]!, ports[size + i]!, [
        `--name=n${i}`,
        `--cluster_name=odnix-${ports[0]}`,
        `--cluster=${route}`,
        `--routes=${routes.join(',')}`,
      ]),
    ),
  );
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

async function natsProcess(port: number, monitorPort: number, args: readonly string[]): Promise<NatsProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'odnix-nats-'));
  const url = `nats://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const start = async () => {
    const listen = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', String(monitorPort)];
    const all = ['--jetstream', '--store_dir', directory, ...listen, ...args];
    child = spawn(await findNatsBinary(), all, { stdio: 'ignore' });
    await jetStreamReady(url, child);
  };
  const dispose = async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };
  const monitorUrl = `http://127.0.0.1:${monitorPort}`;
  return { url, monitorUrl, start, kill, dispose };
}

async function jetStreamReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + ready_timeout_ms;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
    const nc = await connectNats(url, { reconnect: false, timeout: 1_000 }).catch(() => undefined);
    const answer = await nc?.request('$JS.API.INFO', '', { timeout: 500 }).catch(() => undefined);
    await nc?.close();
    if (answer !== undefined && !('error' in answer.json<object>())) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nats-server at ${url} did not get ready within ${ready_timeout_ms} ms`);
}

/** Ports that the system picked as free. Another process may take one before its server does: then starting fails. */
async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(holders.map((holder) => once(holder, 'listening')));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
