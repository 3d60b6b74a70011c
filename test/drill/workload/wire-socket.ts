/** One connection of a raw client: frames out and in, every answer matched to its request. Nothing of the SDK, nothing of the server. */
import { WebSocket } from 'ws';

export interface Update {
  pts: number;
  pts_count: number;
  sync_token: string;
  date_ms: number;
  commitment?: string;
  update: { type: string; [field: string]: any };
}

export type Answer = Record<string, any>;

export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly retryable: boolean,
    readonly retryAfterMs: number | undefined,
  ) {
    super(code);
  }
}

/** The connection closed before the answer came. */
export class Lost extends Error {
  constructor(readonly closeCode: number) {
    super(`the connection closed with ${closeCode}`);
  }
}

export interface SocketEvents {
  notified(method: string, params: any): void;
  stray(frame: string): void;
  closed(code: number): void;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const dial_timeout_ms = 10_000;
const ping_interval_ms = 10_000;

export class WireSocket {
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private readonly pinging: NodeJS.Timeout;

  private constructor(
    private readonly socket: WebSocket,
    private readonly events: SocketEvents,
  ) {
    socket.on('message', (data: Buffer) => this.received(data.toString()));
    socket.once('close', (code) => this.closed(code));
    this.pinging = setInterval(() => socket.ping(), ping_interval_ms);
  }

  static async dial(baseUrl: string, events: SocketEvents): Promise<WireSocket> {
    const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/v1/ws`, 'odnix.v1.json', {
      handshakeTimeout: dial_timeout_ms,
    });
    socket.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('close', (code) => reject(new Lost(code)));
    });
    return new WireSocket(socket, events);
  }

  request(method: string, params: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) return reject(new Lost(1006));
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  close(): void {
    this.socket.close(1000);
  }

  /** As a machine that lost its power: no close frame. */
  drop(): void {
    this.socket.terminate();
  }

  private received(text: string): void {
    const frame = JSON.parse(text);
    if (typeof frame.method === 'string') return this.events.notified(frame.method, frame.params);
    const waiting = this.waiting.get(frame.id);
    if (waiting === undefined) return this.events.stray(text);
    this.waiting.delete(frame.id);
    if (frame.error === undefined) return waiting.resolve(frame.result);
    const { code, retryable, retry_after_ms } = frame.error.data ?? {};
    const isShaped = typeof code === 'string' && typeof retryable === 'boolean';
    if (!isShaped) this.events.stray(text);
    waiting.reject(new Refused(String(code), retryable === true, retry_after_ms));
  }

  private closed(code: number): void {
    clearInterval(this.pinging);
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    this.events.closed(code);
    for (const { reject } of waiting) reject(new Lost(code));
  }
}
