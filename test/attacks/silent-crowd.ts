/** More connections than one address may hold, that say nothing: WebSockets without a session, and bare connections. */
import { connect, type Socket } from 'node:net';
import { connectionLimits } from '../../apps/gateway/connection-counts.js';
import { WireClient } from '../support/wire-client.js';

const sockets_count = 2_200;
const connections_count = 200;

/** All of 127.0.0.0/8 is this machine. */
export const addressOf = (at: number): string =>
  `127.0.0.${2 + Math.floor(at / connectionLimits.per_address_max)}`;

export class SilentCrowd {
  private sockets: readonly WireClient[] = [];
  private connections: readonly Socket[] = [];

  get size(): number {
    return this.sockets.length + this.connections.length;
  }

  /** Resolves when all of them are connected. */
  async connect(url: string): Promise<void> {
    const { hostname, port } = new URL(url);
    this.connections = Array.from({ length: connections_count }, (_, at) =>
      connect({ host: hostname, port: Number(port), localAddress: addressOf(at) })
        .on('error', () => undefined)
        .resume(),
    );
    const opening = Array.from({ length: sockets_count }, (_, at) =>
      WireClient.connect(url, { localAddress: addressOf(at) }),
    );
    this.sockets = await Promise.all(opening);
  }

  /** Resolves with the sockets' close codes when the server has ended all of them, the bare connections too. */
  async ended(): Promise<number[]> {
    await Promise.all(this.connections.map(over));
    return Promise.all(this.sockets.map(({ closed }) => closed));
  }
}

const over = (socket: Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));
