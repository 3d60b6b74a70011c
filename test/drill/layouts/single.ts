/** Everything in one process with its own servers, on a port that stays the same over restarts. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { startOdnix } from '../../support/odnix-process.js';
import type { Fault, Layout } from './layout.js';

export async function startSingle(dataDir: string): Promise<Layout> {
  const environment = { PORT: String(await freePort()) };
  let odnix = await startOdnix(dataDir, environment);
  const start = async () => {
    odnix = await startOdnix(dataDir, environment);
  };
  const fault = (name: string, begin: () => Promise<unknown>): Fault => {
    return { name, closes: 'all', begin: async () => void (await begin()), end: start };
  };
  return {
    kind: 'single',
    url: odnix.url,
    servers: [],
    faults: [
      fault('stop odnix', () => odnix.stop()),
      fault('kill odnix', () => odnix.kill('app')),
      fault('kill everything', () => odnix.kill('tree')),
    ],
    stop: async () => void (await odnix.stop()),
  };
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
