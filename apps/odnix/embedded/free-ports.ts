/**
 * Ports for servers that must be found at the same place after a restart. Taken from below the range that systems give to
 * outgoing connections (from 32768 on Linux, from 49152 elsewhere): while such a server is down, nobody's connection, not
 * even one that looks for it, can be given its port.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const port_min = 20_000;
const port_max = 32_000;
const attempts_max = 1_000;

/** That many different ports on loopback, each free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt === attempts_max)
      throw new Error(`No ${count} free ports between ${port_min} and ${port_max}.`);
    const port = randomInt(port_min, port_max);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
