/** A socket that sends inputs and judges what comes back. It opens its session anew when it was closed for a good reason. */
import { WebSocket } from 'ws';
import { unpack } from '#edge/message-pack.js';
import { closeCodes } from '#protocol/errors.js';
import { limits } from '#protocol/limits.js';
import { encoded, type Encoding } from './generate/bytes.js';
import type { Input, SentRequest } from './generate/inputs.js';
import type { Known } from './generate/known.js';
import { codeOf, wrongAnswer, wrongNaming } from './oracle.js';

/** A handler gives up after ten seconds, and requests of a chat follow one another. */
const answer_ms_max = 90_000;
/** Too large a frame, and a device that was signed out by an input. */
/** After these the token before is good for nothing. */
const tokenEnded: readonly number[] = [
  closeCodes.access_expired,
  closeCodes.device_revoked,
  closeCodes.unauthenticated,
];
const goodReasons: readonly number[] = [1009, ...tokenEnded];

export interface FuzzSocketOptions {
  readonly url: string;
  readonly encoding: Encoding;
  readonly known: Known;
  /** A new access token when the one before is good for nothing. */
  readonly signIn: () => Promise<string>;
  /** Words that are between other people: they must not come here. */
  readonly secretWords: string;
  readonly found: (what: string, sent: unknown) => void;
  /** Of every request: its method and what became of it. */
  readonly tally: (method: string, code: string) => void;
}

interface Waiting {
  readonly sent: SentRequest;
  readonly done: () => void;
}

export class FuzzSocket {
  private socket: Promise<WebSocket> | undefined;
  private token: string | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastSent: unknown;
  private nextOwnId = -1;

  constructor(private readonly options: FuzzSocketOptions) {}

  /** Resolves when everything was answered, or the socket has closed. */
  async send(input: Exclude<Input, { kind: 'http' }>): Promise<void> {
    const socket = await this.opened();
    if (socket.readyState !== WebSocket.OPEN) return;
    if (input.kind === 'raw') return this.sendRaw(socket, input.pieces, input.isBinary);
    const { encoding } = this.options;
    const items = input.requests.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }));
    const frame = encoded(input.isBatch ? items : items[0], encoding);
    const isBinary = encoding === 'msgpack';
    // MessagePack cannot say every text that JSON can; and nothing is answered under its id in a batch that is too long.
    const isUnsayable = isBinary && /\\ud[89a-f]/i.test(JSON.stringify(items));
    if (isUnsayable || items.length > limits.batch_max || frame.length > limits.frame_bytes_max)
      return this.sendRaw(socket, [frame], isBinary);
    const answers = input.requests.map((sent) => this.answerOf(sent));
    this.lastSent = items;
    socket.send(frame, { binary: isBinary });
    await Promise.all(answers);
  }

  async end(): Promise<void> {
    (await this.socket)?.terminate();
  }

  private async sendRaw(socket: WebSocket, pieces: readonly Buffer[], isBinary: boolean): Promise<void> {
    this.lastSent = Buffer.concat(pieces);
    for (const [at, piece] of pieces.entries())
      socket.send(piece, { binary: isBinary, fin: at === pieces.length - 1 });
    // Whatever it was: the connection goes on, unless the frame was too large.
    await this.ask(socket, 'session.ping', {});
  }

  private async ask(socket: WebSocket, method: string, params: object): Promise<void> {
    if (socket.readyState !== WebSocket.OPEN) return;
    const id = this.nextOwnId--;
    const answered = this.answerOf({ id, method, params, replaced: null }, this.lastSent);
    const binary = this.options.encoding === 'msgpack';
    socket.send(encoded({ jsonrpc: '2.0', id, method, params }, this.options.encoding), { binary });
    await answered;
  }

  private answerOf(sent: SentRequest, raw?: unknown): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(sent.id);
        this.options.found(`${sent.method}: no answer within ${answer_ms_max} ms`, sent.id < 0 ? raw : sent);
        resolve();
      }, answer_ms_max);
      const done = () => (clearTimeout(timer), this.waiting.delete(sent.id), resolve());
      this.waiting.set(sent.id, { sent, done });
    });
  }

  /** One at a time, for all inputs that wait for it. */
  private opened(): Promise<WebSocket> {
    this.socket ??= this.open().catch((error: unknown) => {
      this.socket = undefined;
      throw error;
    });
    return this.socket;
  }

  private async open(): Promise<WebSocket> {
    const { url, encoding, signIn } = this.options;
    this.token ??= await signIn();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, `odnix.v1.${encoding}`);
    socket.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => this.closed(code));
    const client = { name: 'fuzz', version: '1' };
    await this.ask(socket, 'session.open', { access_token: this.token, client });
    return socket;
  }

  private closed(code: number): void {
    if (tokenEnded.includes(code)) this.token = undefined;
    this.socket = undefined;
    if (!goodReasons.includes(code) && code !== 1006)
      this.options.found(
        `closed with ${code}`,
        [...this.waiting.values()].map(({ sent }) => sent),
      );
    for (const { done } of this.waiting.values()) done();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const { found, secretWords } = this.options;
    if (data.includes(secretWords)) found('a stranger was sent what others said', this.lastSent);
    const message = this.read(data, isBinary);
    if (message === undefined) return found('what was sent here cannot be read', this.lastSent);
    for (const one of Array.isArray(message) ? message : [message]) this.judge(one);
  }

  private judge(message: Readonly<Record<string, unknown>>): void {
    const { found, known, tally } = this.options;
    if (typeof message['method'] === 'string') return known.learn(message['params']);
    const waiting = this.waiting.get(message['id'] as number);
    const wrong = wrongAnswer(message) ?? (waiting && wrongNaming(waiting.sent, message));
    if (wrong !== undefined)
      found(`${waiting?.sent.method ?? 'a frame'}: ${wrong}`, waiting?.sent ?? this.lastSent);
    known.learn(message['result']);
    if (waiting === undefined) return tally('(frame)', codeOf(message));
    tally(waiting.sent.method, codeOf(message));
    waiting.done();
  }

  private read(data: Buffer, isBinary: boolean): any {
    try {
      // The strict reader: libraries forgive what is no UTF-8.
      if (isBinary) return unpack(data);
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    } catch {
      return undefined;
    }
  }
}
