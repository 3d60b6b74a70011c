/**
 * A WebSocket's way through the front: a pipe of bytes between the client and the first gateway that answers. Of one that
 * refuses the connection, or ends before it has said a word, the client has seen nothing, so the next one is asked. After that
 * nothing is looked at: frames, close codes and refusals are the gateway's own, back-pressure reaches it, and when one side is
 * gone the other is told at once.
 */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** For who does not end although the other side has. */
const linger_ms = 5_000;

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

export interface TunnelOptions {
  client: Duplex;
  /** What the client has sent so far. */
  opening: Buffer;
  /** Asked in this order. */
  gateways: readonly Upstream[];
  /** When none takes it. */
  refuse(): void;
}

export function openTunnel(options: TunnelOptions): void {
  const [gateway, ...others] = options.gateways;
  if (!gateway) return options.refuse();
  const { client, opening } = options;
  const upstream = connect({ ...gateway, noDelay: true, allowHalfOpen: true });
  const gone = (): void => void upstream.destroy();
  const next = (): void => {
    client.off('close', gone);
    upstream.destroy();
    if (!client.destroyed) openTunnel({ ...options, gateways: others });
  };
  client.once('close', gone);
  upstream.once('error', next);
  upstream.write(opening);
  // Also emitted at the end, with nothing to read.
  upstream.once('readable', () => {
    upstream.off('error', next);
    if (upstream.readableLength === 0) next();
    else join(client, upstream);
  });
}

function join(client: Duplex, upstream: Socket): void {
  // A killed process's connection is reset, or ends: either way there is nothing more to come.
  upstream.on('error', () => client.destroy());
  upstream.once('end', () => destroyLater(client));
  client.once('end', () => destroyLater(upstream));
  client.pipe(upstream).pipe(client);
}

/** Leaves it the time to take what is still on its way. */
function destroyLater(stream: Duplex): void {
  const timer = setTimeout(() => stream.destroy(), linger_ms);
  stream.once('close', () => clearTimeout(timer));
}
