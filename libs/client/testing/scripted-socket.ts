import type { ClientSocket } from '../environment.js';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** A WebSocket whose other side is the spec. */
export class ScriptedSocket implements ClientSocket {
  readonly requests: Request[] = [];
  readyState = 1;
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  send(text: string): void {
    this.requests.push(JSON.parse(text) as Request);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.();
  }

  /** The server closes. */
  drop(code: number): void {
    this.isClosed = true;
    this.onclose?.({ code, reason: '' });
  }

  notify(method: string, params: unknown): void {
    this.#deliver({ jsonrpc: '2.0', method, params });
  }

  /** Answers the last request of that method. */
  answer(method: string, result: unknown): void {
    this.#deliver({ jsonrpc: '2.0', id: this.#last(method).id, result });
  }

  refuse(method: string, data: { code: string; retryable: boolean; retry_after_ms?: number }): void {
    const error = { code: -32_000, message: data.code, data };
    this.#deliver({ jsonrpc: '2.0', id: this.#last(method).id, error });
  }

  raw(data: unknown): void {
    this.onmessage?.({ data });
  }

  #last(method: string): Request {
    const request = this.requests.findLast((one) => one.method === method);
    if (!request) throw new Error(`${method} was not asked for`);
    return request;
  }

  #deliver(message: unknown): void {
    this.raw(JSON.stringify(message));
  }
}
