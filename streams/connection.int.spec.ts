/** Seen failing without `connectUnhurried`. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { inject, onTestFinished, expect, it } from 'vitest';
import { connectNats } from './connection.js';

/** In front of the real server: tells the first so many clients that they took too long to say who they are. */
async function hurriedServer(hurriedCount: number): Promise<{ url: string; clients(): number }> {
  const { hostname, port } = new URL(inject('natsUrl'));
  let clients = 0;
  const server: Server = createServer((client: Socket) => {
    clients += 1;
    const isHurried = clients <= hurriedCount;
    const real = connect(Number(port), hostname);
    for (const socket of [client, real]) socket.on('error', () => undefined);
    client.once('close', () => real.destroy());
    if (!isHurried) return void client.pipe(real).pipe(client);
    real.once('data', (info) => client.end(`${String(info)}-ERR 'Authentication Timeout'\r\n`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, clients: () => clients };
}

it('who was too busy to say who they are in time says it again', async () => {
  const server = await hurriedServer(2);
  const nc = await connectNats(server.url);
  expect(server.clients()).toBe(3);
  await nc.close();
});

it('but not for ever', async () => {
  const server = await hurriedServer(Number.POSITIVE_INFINITY);
  await expect(connectNats(server.url)).rejects.toThrow('Authentication Timeout');
  expect(server.clients()).toBe(5);
});
