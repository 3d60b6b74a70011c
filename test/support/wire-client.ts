/**
 * A client of nothing but the wire protocol, for tests: it shares no code with the server or the SDK, so that a mistake
 * in theirs cannot hide in both. It records every update that each session was sent, as sent.
 */
import { Packr } from 'msgpackr';
import { WebSocket, type ClientOptions } from 'ws';

export interface WireUpdate {
  pts: number;
  pts_count: number;
  sync_token: string;
  date_ms: number;
  commitment?: string;
  update: { type: string; [field: string]: unknown };
}

export interface WireError {
  code: number;
  message: string;
  data?: { code: string; retryable: boolean; retry_after_ms?: number; details?: Record<string, unknown> };
}

export class WireRefusal extends Error {
  constructor(
    readonly method: string,
    readonly error: WireError,
  ) {
    super(
      `${method}: ${error.code} ${error.data?.code ?? error.message} ${JSON.stringify(error.data?.details ?? {})}`,
    );
  }
  get code(): string | undefined {
    return this.error.data?.code;
  }
}

export class ConnectionLost extends Error {
  constructor(readonly closeCode: number) {
    super(`the connection closed with ${closeCode}`);
  }
}

type Result = Record<string, any>;

export interface WireOptions extends ClientOptions {
  readonly subprotocol?: 'odnix.v1.json' | 'odnix.v1.msgpack';
}
const messagePack = new Packr({ useRecords: false });
const frameOf = {
  'odnix.v1.json': (value: unknown) => JSON.stringify(value),
  'odnix.v1.msgpack': (value: unknown) => messagePack.pack(value),
};
const valueOf = (data: Buffer, isBinary: boolean): any =>
  isBinary ? messagePack.unpack(data) : JSON.parse(data.toString());
interface Waiting {
  method: string;
  resolve(result: Result): void;
  reject(error: Error): void;
}

export class WireClient {
  readonly updates: WireUpdate[] = [];
  readonly notifications: { method: string; params: Result }[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  session: Result = {};
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private readonly watchers = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => this.receive(valueOf(data as Buffer, isBinary)));
    this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(this.lost(code))));
    socket.on('error', () => undefined);
  }

  /** A connection without a session. */
  static async connect(baseUrl: string, options: WireOptions = {}): Promise<WireClient> {
    const { subprotocol = 'odnix.v1.json', perMessageDeflate = false, ...more } = options;
    const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}/v1/ws`, subprotocol, {
      ...more,
      perMessageDeflate,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return new WireClient(socket);
  }

  /** A connection with a session, replaying from the token when there is one. */
  static async open(
    baseUrl: string,
    accessToken: string,
    syncToken?: string,
    options: WireOptions = {},
  ): Promise<WireClient> {
    const client = await WireClient.connect(baseUrl, options);
    const resume = syncToken === undefined ? {} : { sync_token: syncToken };
    const identity = { access_token: accessToken, client: { name: 'wire-client', version: '1.0.0' } };
    client.session = await client.request('session.open', { ...identity, ...resume });
    return client;
  }

  request(method: string, params: object = {}): Promise<Result> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) return reject(new ConnectionLost(1006));
      this.waiting.set(id, { method, resolve, reject });
      this.socket.send(this.frame({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** As this connection's subprotocol writes it. */
  frame(value: unknown): string | Buffer {
    return frameOf[this.socket.protocol as keyof typeof frameOf](value);
  }

  /** Sends these bytes as they are and resolves with the next frame that answers no known request. */
  async raw(frame: string | Uint8Array): Promise<any> {
    const before = this.strays.length;
    this.socket.send(frame);
    await this.until(() => this.strays.length > before || this.socket.readyState !== WebSocket.OPEN);
    return this.strays[before];
  }
  private readonly strays: unknown[] = [];

  /** Resolves once the condition holds; it is looked at again whenever something arrives. Rejects when it never does. */
  async until(condition: () => boolean, deadline_ms = 30_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(look);
        reject(new Error(`not within ${deadline_ms} ms: ${condition}`));
      }, deadline_ms);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  caughtUp(): Promise<void> {
    return this.until(() => this.notifications.some(({ method }) => method === 'updates.caughtUp'));
  }

  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  /** As a machine that lost its power: no close frame. */
  drop(): void {
    this.socket.terminate();
  }

  private receive(message: any): void {
    const waiting = typeof message.id === 'number' ? this.waiting.get(message.id) : undefined;
    if (waiting) {
      this.waiting.delete(message.id);
      if (message.error) waiting.reject(new WireRefusal(waiting.method, message.error));
      else waiting.resolve(message.result);
    } else if (message.method === 'update') this.updates.push(message.params);
    else if (message.method) this.notifications.push(message);
    else this.strays.push(message);
    for (const look of this.watchers) look();
  }

  private lost(code: number): number {
    for (const { reject } of this.waiting.values()) reject(new ConnectionLost(code));
    this.waiting.clear();
    for (const look of this.watchers) look();
    return code;
  }
}

export interface SignedIn {
  access_token: string;
  access_expires_in_s: number;
  refresh_token: string;
  user_id: string;
  device_id: string;
  new_user: boolean;
}

export async function post(baseUrl: string, path: string, body: unknown, token?: string): Promise<any> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`${baseUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Signs in with the development sender's code. */
export async function signIn(baseUrl: string, phone: string, deviceName = 'phone'): Promise<SignedIn> {
  const { dev_code } = await post(baseUrl, '/v1/auth/otp/request', { phone });
  const device = { name: deviceName, type: 'mobile' };
  return post(baseUrl, '/v1/auth/otp/verify', {
    phone,
    code: dev_code,
    device,
    display_name: `User ${phone}`,
  });
}
