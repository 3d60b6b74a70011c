/** The one address of a cluster for its clients: WebSockets and `/v1/updates` go to the gateways in turn, all else to the API. */
import { once } from 'node:events';
import { Agent, createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import type { HttpErrorBody } from '#protocol/auth.js';
import { applicationError, errorCatalogue } from '#protocol/errors.js';
import { listenError } from '#process/listen-error.js';
import { openTunnel, type Upstream } from './tunnel.js';

const retry_after_ms = 1_000;
const atGateway = /^\/v1\/updates(\/|\?|$)/;
/** Of the one connection, not of what travels on. */
const ofConnection = new Set(['connection', 'keep-alive', 'upgrade', 'expect']);
/** The front is the first that clients meet: whatever they say about where they come from, it knows better. */
const forwarded_for = 'x-forwarded-for';

export interface FrontOptions extends Upstream {
  /** Those that serve now. */
  gateways(): readonly Upstream[];
  api: Upstream;
}

export class Front {
  private readonly server: Server;
  private readonly tunnelled = new Set<Duplex>();
  /** A connection each: one that waits to be used again may be closed just when it is. */
  private readonly agent = new Agent({ keepAlive: false });
  private turn = 0;

  constructor(private readonly options: FrontOptions) {
    const shouldUpgradeCallback = ({ url }: IncomingMessage) => /^\/v1\/ws(\?|$)/.test(url ?? '');
    this.server = createServer({ shouldUpgradeCallback }, (request, response) =>
      this.forward(request, response),
    );
    this.server.on('upgrade', (request, client, head) => this.tunnel(request, client, head));
  }

  async listen(): Promise<void> {
    const { host, port } = this.options;
    try {
      await once(this.server.listen(port, host), 'listening');
    } catch (error) {
      throw listenError(error, '', host, port);
    }
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Nobody new comes in; who is there stays. */
  stopListening(): void {
    this.server.close();
  }

  /** Who is still there goes. */
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    for (const client of this.tunnelled) client.destroy();
  }

  private tunnel(request: IncomingMessage, client: Duplex, head: Buffer): void {
    this.tunnelled.add(client);
    client.once('close', () => this.tunnelled.delete(client));
    client.on('error', () => undefined); // Its close follows, which is where it is handled.
    openTunnel({
      client,
      opening: Buffer.concat([openingOf(request), head]),
      gateways: this.gatewaysInTurn(),
      refuse: () => client.end(refusedUpgrade()),
    });
  }

  private gatewaysInTurn(): readonly Upstream[] {
    const gateways = this.options.gateways();
    const first = this.turn++ % (gateways.length || 1);
    return [...gateways.slice(first), ...gateways.slice(0, first)];
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const isForGateway = atGateway.test(request.url ?? '');
    this.forwardTo(isForGateway ? this.gatewaysInTurn() : [this.options.api], request, response);
  }

  /** Of one that is gone before it has said a word the next one is asked, where asking twice does not matter. */
  private forwardTo(
    [first, ...others]: readonly Upstream[],
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (!first) return refuse(response);
    const { method, url: path } = request;
    const headers = without(named(request), ofConnection);
    const upstream = sendRequest({ ...first, agent: this.agent, method, path, headers });
    upstream.on('response', (answer) => {
      const passed = without(answer.rawHeaders, new Set([...ofConnection, 'transfer-encoding']));
      response.writeHead(answer.statusCode!, answer.statusMessage, passed);
      pipeline(answer, response, () => undefined);
    });
    const gone = (): void => {
      upstream.destroy();
      request.resume();
    };
    upstream.on('error', () => {
      response.off('close', gone);
      if (response.headersSent) response.destroy();
      else if (method === 'GET' && others.length > 0 && !response.destroyed)
        this.forwardTo(others, request, response);
      else refuse(response);
    });
    response.once('close', gone);
    request.pipe(upstream);
  }
}

/** The request's first lines as they came, and where they came from. */
function openingOf(request: IncomingMessage): Buffer {
  const { method, url, httpVersion } = request;
  const lines = pairs(named(request)).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** Its headers, and who sent them. */
const named = ({ rawHeaders, socket }: IncomingMessage): string[] => [
  ...without(rawHeaders, new Set([forwarded_for])),
  forwarded_for,
  socket.remoteAddress ?? '',
];

function without(rawHeaders: readonly string[], names: ReadonlySet<string>): string[] {
  return pairs(rawHeaders)
    .filter(([name]) => !names.has(name.toLowerCase()))
    .flat();
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, at) => [
    rawHeaders[2 * at]!,
    rawHeaders[2 * at + 1]!,
  ]);
}

const { http: status, message } = errorCatalogue.UNAVAILABLE;
const refusal: HttpErrorBody = { error: { message, ...applicationError('UNAVAILABLE', { retry_after_ms }) } };
const refusalText = JSON.stringify(refusal);
const refusalHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(refusalText)),
  'retry-after': String(retry_after_ms / 1_000),
};

function refuse(response: ServerResponse): void {
  response.writeHead(status, refusalHeaders).end(refusalText);
}

function refusedUpgrade(): string {
  const headers = Object.entries({ ...refusalHeaders, connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Service Unavailable\r\n${lines.join('')}\r\n${refusalText}`;
}
