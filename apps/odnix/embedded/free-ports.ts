/**
 * Ports for servers that must be found at the same place after a restart. Taken from below the range that systems give to
 * outgoing connections (from 32768 on Linux, from 49152 elsewhere): while such a server is down, nobody's connection, not
 * even one that looks for it, can be given its port.
 *
 * A port is claimed by a UDP socket of the same number, for as long as whoever looked for it lives: so another that looks leaves
 * it alone also while its server is still being started, or is down.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const port_min = 20_000;
const port_max = 32_000;
const attempts_max = 1_000;
/** Whoever reserved it and did not start what it was for has given up. */
const reserved_ms_max = 120_000;

export interface ReservedPort {
  readonly port: number;
  /** For its server to listen on it, from now on. */
  release(): Promise<void>;
}

/** Different ports on loopback that nobody else is given, until each is released. */
export async function reservePorts(count: number): Promise<ReservedPort[]> {
  const reserved: ReservedPort[] = [];
  for (let attempt = 0; reserved.length < count; attempt++) {
    if (attempt === attempts_max)
      throw new Error(`No ${count} free ports between ${port_min} and ${port_max}.`);
    const port = randomInt(port_min, port_max);
    const holder = (await claim(port)) ? await hold(port) : undefined;
    if (holder) reserved.push({ port, release: () => letGo(holder) });
  }
  return reserved;
}

/** Claimed, and free to be listened on at once. */
export async function freePort(): Promise<number> {
  const [reserved] = await reservePorts(1);
  await reserved!.release();
  return reserved!.port;
}

/** False when another has claimed it. */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind({ port, address: '127.0.0.1', exclusive: true });
    await once(socket, 'listening');
    return true;
  } catch {
    socket.close();
    return false;
  }
}

/** Undefined when it is taken. */
async function hold(port: number): Promise<Server | undefined> {
  const holder = createServer((early) => early.destroy());
  try {
    await once(holder.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return undefined;
  }
  holder.unref();
  const timer = setTimeout(() => holder.close(), reserved_ms_max).unref();
  holder.once('close', () => clearTimeout(timer));
  return holder;
}

async function letGo(holder: Server): Promise<void> {
  if (!holder.listening) return;
  holder.close();
  await once(holder, 'close');
}
