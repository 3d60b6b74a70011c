/** The way to a NATS server that a test may hold up or cut, for one client alone. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

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
  close(): Promise<void>;
}

export async function linkTo(natsUrl: string): Promise<NatsLink> {
  const { hostname, port } = new URL(natsUrl);
  const sockets = new Set<Socket>();
  const waiting: { readonly to: Socket; readonly chunk: Buffer; readonly isFromServer: boolean }[] = [];
  let state: 'open' | 'held up' | 'cut' = 'open';
  const pass = (from: Socket, to: Socket, isFromServer: boolean) => {
    from.on('data', (chunk: Buffer) => {
      if (state === 'held up') waiting.push({ to, chunk, isFromServer });
      else to.write(chunk);
    });
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
    pass(client, upstream, false);
    pass(upstream, client, true);
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
      for (const { to, chunk } of waiting.splice(0)) to.write(chunk);
    },
    cut,
    mend: () => void (state = 'open'),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
