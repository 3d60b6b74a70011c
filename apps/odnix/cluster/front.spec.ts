/**
 * The front before real WebSocket servers and a real HTTP server.
 *
 * Seen failing: with the first gateway alone asked ("refuses"), without `upstream.on('error')` ("killed"), with the client
 * destroyed as soon as the upstream has ended ("all that was sent"), with data written instead of piped ("is slow"), without
 * the request upstream being destroyed ("gives up"), with the first gateway alone asked for updates ("comes to the gateways"), with
 * the client's own X-Forwarded-For passed on ("reaches the API", "is told to the gateway").
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { Front } from './front.js';
import { openTunnel, type Upstream } from './tunnel.js';

const host = '127.0.0.1';
const servers: (Server | ReturnType<typeof createTcpServer>)[] = [];
const fronts: Front[] = [];
afterEach(() => {
  for (const front of fronts.splice(0)) front.close();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<Upstream> {
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return { host, port: (server.address() as AddressInfo).port };
}

/** A port where nobody listens. */
async function nobody(): Promise<Upstream> {
  const server = createTcpServer();
  const upstream = await listening(server);
  server.close();
  await once(server, 'close');
  return upstream;
}

interface Gateway extends Upstream {
  accepted: WebSocket[];
  sockets: Socket[];
}

async function gateway(): Promise<Gateway> {
  const server = createServer();
  const accepted: WebSocket[] = [];
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  new WebSocketServer({ server, path: '/v1/ws', handleProtocols: () => 'odnix.v1.json' }).on(
    'connection',
    (socket) => {
      accepted.push(socket);
      socket.on('message', (data) => socket.send(`echo ${data}`));
    },
  );
  return { ...(await listening(server)), accepted, sockets };
}

async function frontOf(gateways: Upstream[], api?: Upstream): Promise<Front> {
  const front = new Front({ host, port: 0, gateways: () => gateways, api: api ?? (await nobody()) });
  await front.listen();
  fronts.push(front);
  return front;
}

async function connected(front: Front): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${host}:${front.port}/v1/ws`, 'odnix.v1.json');
  await once(socket, 'open');
  return socket;
}

describe('a WebSocket', () => {
  it('comes to the gateways in turn, with its subprotocol and its frames', async () => {
    const [one, two] = [await gateway(), await gateway()];
    const front = await frontOf([one, two]);
    const clients = [await connected(front), await connected(front), await connected(front)];
    expect([one.accepted.length, two.accepted.length]).toEqual([2, 1]);
    for (const [index, client] of clients.entries()) {
      expect(client.protocol).toBe('odnix.v1.json');
      client.send(`from ${index}`);
      expect(String((await once(client, 'message'))[0])).toBe(`echo from ${index}`);
    }
  });

  it('goes to the next gateway when one refuses the connection', async () => {
    const alive = await gateway();
    const front = await frontOf([await nobody(), alive, await nobody()]);
    for (let count = 1; count <= 3; count++) {
      await connected(front);
      expect(alive.accepted).toHaveLength(count);
    }
  });

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['is killed', (socket: Socket) => socket.resetAndDestroy()],
  ])('goes to the next gateway when one takes the connection and %s without a word', async (_, end) => {
    const dying = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => end(socket));
    });
    const alive = await gateway();
    const client = await connected(await frontOf([await listening(dying), alive]));
    client.send('hello');
    expect(String((await once(client, 'message'))[0])).toBe('echo hello');
  });

  it.each([
    ['no gateway serves', async () => []],
    ['every gateway refuses', async () => [await nobody(), await nobody()]],
  ])('is refused for now when %s', async (_, gateways) => {
    const front = await frontOf(await gateways());
    const socket = new WebSocket(`ws://${host}:${front.port}/v1/ws`);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(await text(response))).toMatchObject({
      error: { code: 'UNAVAILABLE', retryable: true },
    });
  });

  it.each([1000, 1001, 1009, 4000, 4501])('is closed by the gateway with %i and its reason', async (code) => {
    const one = await gateway();
    const client = await connected(await frontOf([one]));
    one.accepted[0]!.close(code, 'a reason');
    const [seen, reason] = await once(client, 'close');
    expect([seen, String(reason)]).toEqual([code, 'a reason']);
  });

  it('has its address told to the gateway, whatever it says itself', async () => {
    const server = createServer();
    server.on('upgrade', ({ headers }, socket) =>
      socket.end(`HTTP/1.1 400 ${headers['x-forwarded-for']}\r\n\r\n`),
    );
    const front = await frontOf([await listening(server)]);
    const headers = { 'X-Forwarded-For': '203.0.113.9' };
    const socket = new WebSocket(`ws://${host}:${front.port}/v1/ws`, { headers });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusMessage).toBe(host);
  });

  it('closes with the client, and the gateway is told its code', async () => {
    const one = await gateway();
    const client = await connected(await frontOf([one]));
    client.close(4321, 'bye');
    const [code, reason] = await once(one.accepted[0]!, 'close');
    expect([code, String(reason)]).toEqual([4321, 'bye']);
  });

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['is killed, its connections reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('is closed at once when its gateway %s', async (_, end) => {
    const one = await gateway();
    const client = await connected(await frontOf([one]));
    end(one.sockets[0]!);
    expect((await once(client, 'close'))[0]).toBe(1006);
  });

  it('leaves nothing at the gateway when the client is gone without a word', async () => {
    const one = await gateway();
    const client = await connected(await frontOf([one]));
    client.terminate();
    expect((await once(one.accepted[0]!, 'close'))[0]).toBe(1006);
  });

  it('brings all that was sent before the end, also to a client that takes it slowly', async () => {
    const said = ['all', 'that', 'was', 'sent'];
    const server = createTcpServer((socket) => {
      for (const word of said) socket.write(word);
      socket.end();
    });
    const taken: string[] = [];
    const client = new Duplex({
      read: () => undefined,
      write: (word: Buffer, _, done) => void setTimeout(() => done(void taken.push(String(word))), 20),
    });
    openTunnel({
      client,
      opening: Buffer.from('hello'),
      gateways: [await listening(server)],
      refuse: () => client.destroy(),
    });
    await once(client, 'finish');
    expect(taken.join('')).toBe(said.join(''));
    client.push(null);
  });

  it('that is slow is felt by the gateway: nothing is kept in between', async () => {
    const one = await gateway();
    const client = await connected(await frontOf([one]));
    client.pause();
    const [accepted] = one.accepted;
    const piece_bytes = 1_000_000;
    const pieces_max = 100;
    const isStuck = () => poll(() => accepted!.bufferedAmount === 0).then((taken) => !taken);
    let sent = 0;
    do accepted!.send(Buffer.alloc(piece_bytes));
    while (++sent < pieces_max && !(await isStuck()));
    expect(sent).toBeLessThan(pieces_max);
    let received = 0;
    client.on('message', () => received++);
    client.resume();
    await expect.poll(() => received).toBe(sent);
  });
});

/** Whether it comes to hold within a second. */
async function poll(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + 1_000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  return condition();
}

describe('a request', () => {
  async function api(): Promise<Upstream> {
    return listening(
      createServer((request, response) => {
        void text(request).then((body) => {
          response.writeHead(request.url === '/missing' ? 404 : 200, { 'set-cookie': ['a=1', 'b=2'] });
          response.end(
            JSON.stringify({ method: request.method, url: request.url, body, headers: request.headers }),
          );
        });
      }),
    );
  }

  it('reaches the API with its headers and body, and so does the answer', async () => {
    const front = await frontOf([], await api());
    const response = await fetch(`http://${host}:${front.port}/v1/rpc?x=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer token', 'x-forwarded-for': '203.0.113.9' },
      body: 'a body',
    });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      method: 'POST',
      url: '/v1/rpc?x=1',
      body: 'a body',
      headers: {
        authorization: 'Bearer token',
        host: `${host}:${front.port}`,
        'x-forwarded-for': host,
      },
    });
    expect((await fetch(`http://${host}:${front.port}/missing`)).status).toBe(404);
  });

  it('that would upgrade anything but a session is a plain one', async () => {
    const front = await frontOf([await gateway()], await api());
    const socket = connect(front.port, host);
    socket.write(
      'GET /v1/other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 200/);
    expect(answer).toContain('/v1/other');
    expect(answer).not.toContain('"upgrade"');
  });

  it.each(['before it is answered', 'while it is answered, piece by piece'])(
    'that the client gives up %s ends at the gateway too',
    async (when) => {
      let gone!: () => void;
      let arrived!: () => void;
      const told = new Promise<void>((resolve) => (gone = resolve));
      const there = new Promise<void>((resolve) => (arrived = resolve));
      const events = createServer((_, response) => {
        if (when.startsWith('while')) response.write('data: one\n\n');
        response.once('close', gone);
        arrived();
      });
      const front = await frontOf([await listening(events)]);
      const stop = new AbortController();
      const url = `http://${host}:${front.port}/v1/updates/stream`;
      const response = fetch(url, { signal: stop.signal });
      response.catch(() => undefined);
      await there;
      if (when.startsWith('while')) {
        const { value } = await (await response).body!.getReader().read();
        expect(Buffer.from(value!).toString()).toBe('data: one\n\n');
      }
      stop.abort();
      await told;
    },
  );

  it('for updates comes to the gateways in turn, and to the next one when one is gone', async () => {
    const [one, two] = [await api(), await api()];
    const dying = createTcpServer((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    const front = await frontOf([one, await nobody(), await listening(dying), two]);
    for (const path of ['updates', 'updates?pts=1', 'updates/stream', 'updates/stream?ticket=t']) {
      const response = await fetch(`http://${host}:${front.port}/v1/${path}`);
      const answer = (await response.json()) as { url: string };
      expect(answer.url).toBe(`/v1/${path}`);
    }
    const other = await fetch(`http://${host}:${front.port}/v1/updatesque`);
    expect(other.status).toBe(503);
    const none = await frontOf([], one);
    expect((await fetch(`http://${host}:${none.port}/v1/updates`)).status).toBe(503);
  });

  it('is refused for now when the API does not listen', async () => {
    const response = await fetch(`http://${host}:${(await frontOf([])).port}/v1/health/live`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'UNAVAILABLE', retryable: true } });
  });
});
