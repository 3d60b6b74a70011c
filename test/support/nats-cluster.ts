/** Three NATS servers for a test to own, on this machine's loopback: for what only replicas show. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connectNats } from '#streams/connection.js';
import { findNatsBinary } from '../../apps/odnix/embedded/nats-binary.js';
import { freshDirectory } from './run-directory.js';

const ready_timeout_ms = 20_000;

export interface TestNatsCluster {
  /** One URL a server. */
  urls: string[];
  /** SIGKILL to all, for good. */
  stop(): Promise<void>;
}

/** Answers when a stream can have a replica on each server: the elected leader may not have met them all yet. */
export async function startNatsCluster(size = 3): Promise<TestNatsCluster> {
  const ports = await freePorts(size * 2);
  const routes = ports.slice(size).map((port) => `nats://127.0.0.1:${port}`);
  const urls = ports.slice(0, size).map((port) => `nats://127.0.0.1:${port}`);
  const binary = await findNatsBinary();
  const servers = urls.map((_, i) =>
    spawn(
      binary,
      [
        `--name=n${i}`,
        `--addr=127.0.0.1`,
        `--port=${ports[i]}`,
        '--jetstream',
        `--store_dir=${freshDirectory()}`,
        `--cluster_name=odnix-${ports[0]}`,
        `--cluster=${routes[i]}`,
        `--routes=${routes.join(',')}`,
      ],
      { stdio: 'ignore' },
    ),
  );
  await Promise.all(servers.map((server, i) => jetStreamReady(urls[i]!, server)));
  await replicasReady(urls[0]!, size);
  return { urls, stop: async () => void (await Promise.all(servers.map(kill))) };
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
}

async function jetStreamReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + ready_timeout_ms;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`nats-server ended with ${server.exitCode}`);
    const nc = await connectNats(url, { reconnect: false, timeout: 1_000 }).catch(() => undefined);
    const answer = await nc?.request('$JS.API.INFO', '', { timeout: 500 }).catch(() => undefined);
    await nc?.close();
    if (answer !== undefined && !('error' in answer.json<object>())) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nats-server at ${url} did not get ready within ${ready_timeout_ms} ms`);
}

async function replicasReady(url: string, size: number): Promise<void> {
  const nc = await connectNats(url);
  const ask = async (subject: string, body = ''): Promise<object> =>
    (await nc.request(`$JS.API.STREAM.${subject}`, body, { timeout: ready_timeout_ms })).json<object>();
  const probe = { name: 'PROBE', subjects: ['probe'], storage: 'memory', num_replicas: size };
  const deadline = Date.now() + ready_timeout_ms;
  try {
    while ('error' in (await ask('CREATE.PROBE', JSON.stringify(probe)))) {
      if (Date.now() > deadline) throw new Error('the servers of the cluster did not all meet');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await ask('DELETE.PROBE');
  } finally {
    await nc.close();
  }
}

/** Ports that the system picked as free, all at once so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(holders.map((holder) => once(holder, 'listening')));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
