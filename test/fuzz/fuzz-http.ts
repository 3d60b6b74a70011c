/** Inputs over plain HTTP: bodies, queries and headers of every endpoint, and bytes that are no HTTP at all. */
import { connect } from 'node:net';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import * as bodies from '#protocol/auth.js';
import type { Dto } from '#protocol/dto.js';
import { UpdatesPollQuery, UpdatesStreamQuery } from '#protocol/updates-http.js';
import type { Random } from '../support/random.js';
import { damaged, encoded } from './generate/bytes.js';
import { makeInput } from './generate/inputs.js';
import type { Known } from './generate/known.js';
import { mutated } from './generate/mutate.js';
import { nasty, nastyText } from './generate/nasty.js';
import { validParams } from './generate/params.js';
import { wrongAnswer, wrongError } from './oracle.js';

const answer_ms_max = 30_000;
const raw_ms_max = 300;

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body?: Dto;
  readonly query?: Dto;
}

/** The class of a body, by its name where it stands: those that others add are met as well. */
const bodyClasses = Object.entries(bodies).filter(([name]) => name.endsWith('Body')) as [string, Dto][];
/** `OtpRequestBody` is of `/v1/auth/otp/request`. */
const pathOf = (name: string): string =>
  `/v1/auth${name.replace(/Body$/, '').replace(/[A-Z]/g, (letter) => `/${letter.toLowerCase()}`)}`;

const endpoints: readonly Endpoint[] = [
  ...bodyClasses.map(([name, body]) => ({ method: 'POST', path: pathOf(name), body })),
  { method: 'POST', path: '/v1/updates/ticket' },
  { method: 'GET', path: '/v1/updates', query: UpdatesPollQuery },
  { method: 'GET', path: '/v1/updates/stream', query: UpdatesStreamQuery },
  { method: 'GET', path: '/v1/auth/jwks.json' },
  { method: 'GET', path: '/v1/health/ready' },
  { method: 'GET', path: '/v1/health/live' },
  { method: 'GET', path: '/v1/no/such/thing' },
];
const odd_paths = [
  '/%',
  '/v1/%zz',
  '/v1/%00',
  '/v1/updates/%ff',
  '//',
  '/v1/../v1/rpc',
  `/${'a/'.repeat(3_000)}`,
  '/v1/rpc?x=%',
];
const verbs = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];

export interface FuzzHttpOptions {
  readonly url: string;
  readonly known: Known;
  readonly secretWords: string;
  readonly found: (what: string, sent: unknown) => void;
  readonly tally: (what: string, code: string) => void;
}

export class FuzzHttp {
  constructor(private readonly options: FuzzHttpOptions) {}

  async send(chance: Random): Promise<void> {
    const roll = chance.integer(10);
    if (roll === 0) return this.noHttp(chance);
    if (roll < 4) return this.rpc(chance);
    const { method, path, body, query } = chance.pick(endpoints);
    const made = (dto: Dto) => mutated(validParams(dto, chance, this.options.known), chance).params;
    const verb = chance.integer(20) === 0 ? chance.pick(verbs) : method;
    const asked = query === undefined ? path : `${path}?${queryOf(made(query))}&timeout_ms=0`;
    const odd = chance.integer(20) === 0 ? chance.pick(odd_paths) : asked;
    const bytes = body === undefined ? undefined : encoded(made(body), 'json');
    const sent = bytes !== undefined && chance.integer(5) === 0 ? damaged(bytes, 'json', chance) : bytes;
    await this.ask(verb, odd, sent, this.headers(chance));
  }

  private async rpc(chance: Random): Promise<void> {
    let id = 1;
    const input = makeInput(chance, 'json', this.options.known, () => id++);
    if (input.kind === 'http') return;
    const items =
      input.kind === 'raw'
        ? []
        : input.requests.map(({ id: own, method, params }) => ({ jsonrpc: '2.0', id: own, method, params }));
    const bytes =
      input.kind === 'raw' ? Buffer.concat(input.pieces) : encoded(input.isBatch ? items : items[0], 'json');
    await this.ask('POST', '/v1/rpc', bytes, this.headers(chance));
  }

  private headers(chance: Random): OutgoingHttpHeaders {
    const { known } = this.options;
    const token = chance.integer(10) === 0 ? visible(nastyText(chance)) : known.latest('access_token');
    const seen = chance.pick<unknown>([
      [{}, {}],
      [{ CHAT_0: 1 }, {}],
      [{ CHAT_0: nasty(chance) }, nasty(chance)],
      nasty(chance),
    ]);
    return {
      authorization: `Bearer ${token}`,
      'content-type': chance.integer(20) === 0 ? visible(nastyText(chance)) : 'application/json',
      ...(chance.integer(10) === 0
        ? { 'odnix-seen': Buffer.from(JSON.stringify(seen)).toString('base64url').slice(0, 9_000) }
        : {}),
      ...(chance.integer(20) === 0 ? { 'last-event-id': visible(nastyText(chance)) } : {}),
      ...(chance.integer(20) === 0 ? { origin: visible(nastyText(chance)) } : {}),
    };
  }

  private async ask(
    method: string,
    path: string,
    body: Buffer | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const sent = {
      method,
      path,
      headers: { ...headers, authorization: '…' },
      body: body?.toString('latin1'),
    };
    const asked = request(`${this.options.url}`, {
      method,
      path,
      headers,
      agent: false,
      timeout: answer_ms_max,
    });
    asked.on('error', () => undefined);
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    try {
      asked.end(body);
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
      const bytes = isStream ? Buffer.alloc(0) : Buffer.concat(await response.toArray());
      this.judge(method, path, response.statusCode ?? 0, bytes, sent);
    } catch (error) {
      // A body over the limit may be cut off while it is sent.
      if ((error as Error).message === 'timeout') this.options.found(`${path}: no answer`, sent);
    } finally {
      asked.destroy();
    }
  }

  private judge(method: string, path: string, status: number, bytes: Buffer, sent: unknown): void {
    const { found, known, secretWords, tally } = this.options;
    const where = `${method} ${path.split('?')[0]!.slice(0, 40)}`;
    if (bytes.includes(secretWords)) found(`${where}: a stranger was sent what others said`, sent);
    tally('(http)', String(status));
    if (bytes.length === 0) return void (status >= 500 && found(`${where}: ${status}`, sent));
    let value: any;
    try {
      value = JSON.parse(bytes.toString());
    } catch {
      return found(`${where}: ${status} with what is no JSON`, sent);
    }
    const wrong =
      path === '/v1/rpc' && status === 200
        ? wrongAnswers(value)
        : status >= 400
          ? wrongHttpError(value)
          : undefined;
    if (wrong !== undefined && !/health/.test(path)) found(`${where}: ${status}: ${wrong}`, sent);
    // What refusals say of a field is not what could be in it.
    if (status < 400)
      known.learn(Array.isArray(value) ? value.map(({ result }) => result) : (value.result ?? value));
  }

  private async noHttp(chance: Random): Promise<void> {
    const { port, hostname } = new URL(this.options.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const line = chance.pick([
      'GET /v1/updates HTTP/1.1',
      'POST /v1/rpc HTTP/1.1',
      'GET /v1/ws HTTP/1.1',
      nastyText(chance),
    ]);
    const header = chance.pick([
      'Content-Length: 5\r\nContent-Length: 7',
      'Transfer-Encoding: chunked\r\nContent-Length: 3',
      'Content-Length: -1',
      'Transfer-Encoding: chunked, identity',
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13',
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99',
      `X: ${'x'.repeat(20_000)}`,
      `X: ${nastyText(chance)}`,
    ]);
    socket.end(damaged(Buffer.from(`${line}\r\nHost: x\r\n${header}\r\n\r\nzzzz\r\n\r\n`), 'json', chance));
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
      socket.once('close', () => resolve(text));
      setTimeout(() => (socket.destroy(), resolve(text)), raw_ms_max);
    });
    const status = /^HTTP\/1\.1 (\d{3})/.exec(await answer)?.[1];
    if (Number(status ?? 0) >= 500) this.options.found(`${status} to what is no HTTP`, { line, header });
    this.options.tally('(no http)', status ?? 'closed');
  }
}

function queryOf(params: unknown): string {
  const entries =
    params !== null && typeof params === 'object' ? Object.entries(params) : [['x', asText(params)]];
  const query = new URLSearchParams(
    entries.map(([name, value]): [string, string] => [String(name), asText(value).toWellFormed()]),
  );
  return query.toString().slice(0, 8_000);
}

/** Objects among the inputs may have a `toString` that is none. */
const asText = (value: unknown): string =>
  value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);

const wrongAnswers = (value: unknown): string | undefined =>
  Array.isArray(value) ? value.map(wrongAnswer).find((wrong) => wrong !== undefined) : wrongAnswer(value);

function wrongHttpError(value: any): string | undefined {
  if (value?.error === undefined || typeof value.error !== 'object') return 'not {error: {…}}';
  if (typeof value.error.message !== 'string') return 'no message';
  return wrongError(value.error);
}

/** As a header can say it. */
const visible = (text: string): string => text.replace(/[^\x20-\x7e]/g, '.').slice(0, 2_000);
