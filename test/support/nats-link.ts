/** The way to a NATS server that a test may hold up, cut or disturb, for one client alone. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { NatsFrames, type NatsFrame } from './nats-frames.js';

export interface NatsLink {
  /** What the client is to connect to. */
  readonly url: string;
  /** Nothing passes in either direction, and nobody is told: as if the client were too busy to read and write. */
  holdUp(): void;
  /** What the server has sent to the client since `holdUp`. */
  heldBack(): string;
  /** Everything held back arrives, and what comes after it. */
  letGo(): void;
  /** The connection is closed, and no new one is let through. */
  cut(): void;
  mend(): void;
  /** Asked of every frame from the server, until it is `undisturbed`. */
  disturb(judge: (frame: NatsFrame) => Verdict): void;
  undisturbed(): void;
  close(): Promise<void>;
}

/** A number: it comes so many milliseconds late, and what is sent after it does not wait. */
export type Verdict = 'pass' | 'lose' | 'double' | number;

interface Waiting {
  readonly to: Socket;
  readonly chunk: Buffer;
  readonly isFromServer: boolean;
}

export async function linkTo(natsUrl: string): Promise<NatsLink> {
  const { hostname, port } = new URL(natsUrl);
  const sockets = new Set<Socket>();
  const waiting: Waiting[] = [];
  let state: 'open' | 'held up' | 'cut' = 'open';
  let judge: ((frame: NatsFrame) => Verdict) | undefined;
  const deliver = (to: Socket, chunk: Buffer, isFromServer: boolean) => {
    if (state === 'held up') waiting.push({ to, chunk, isFromServer });
    else if (!to.destroyed) to.write(chunk);
  };
  const judged = (to: Socket, frame: NatsFrame) => {
    const verdict = judge?.(frame) ?? 'pass';
    if (verdict === 'lose') return;
    if (typeof verdict === 'number') return void setTimeout(() => deliver(to, frame.bytes, true), verdict);
    deliver(to, frame.bytes, true);
    if (verdict === 'double') deliver(to, frame.bytes, true);
  };
  const join = (from: Socket, to: Socket, arrived: (chunk: Buffer) => void) => {
    from.on('data', arrived);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    sockets.add(from);
  };
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const upstream = connect(Number(port), hostname);
    const frames = new NatsFrames();
    join(client, upstream, (chunk) => deliver(upstream, chunk, false));
    join(upstream, client, (chunk) => {
      for (const frame of frames.take(chunk)) judged(client, frame);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    state = 'cut';
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    holdUp: () => void (state = 'held up'),
    heldBack: () =>
      Buffer.concat(waiting.flatMap(({ isFromServer, chunk }) => (isFromServer ? [chunk] : []))).toString(),
    letGo: () => {
      state = 'open';
      for (const { to, chunk } of waiting.splice(0)) if (!to.destroyed) to.write(chunk);
    },
    cut,
    mend: () => void (state = 'open'),
    disturb: (next) => void (judge = next),
    undisturbed: () => void (judge = undefined),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
