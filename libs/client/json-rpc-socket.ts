import type { CancelTimer, ClientSocket, Environment } from './environment.js';
import { errorFromWire, OdnixError } from './odnix-error.js';

/** Requests waiting for their answers on one connection; more are refused, since nobody reads the answers. */
const requests_in_flight_max = 256;
const request_timeout_ms = 15_000;
/** The state of a socket that may be written to. */
const open_state = 1;

export interface SocketListener {
  opened(): void;
  notified(method: string, params: unknown): void;
  /** Once, whoever closed. */
  closed(code: number, reason: string): void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: OdnixError) => void;
  readonly cancelTimeout: CancelTimer;
}

const lost = (): OdnixError =>
  new OdnixError('CONNECTION_LOST', 'The connection ended before the answer came.', { retryable: true });

/** JSON-RPC 2.0 over one WebSocket: answers find their requests; notifications are handed on in the order they came. */
export class JsonRpcSocket {
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isClosed = false;

  constructor(
    private readonly socket: ClientSocket,
    private readonly environment: Environment,
    private readonly listener: SocketListener,
  ) {
    socket.onopen = () => listener.opened();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#end(code, reason);
    // A close event follows every error; without a handler some platforms report the error as unhandled.
    socket.onerror = () => undefined;
  }

  request(method: string, params: unknown, timeoutMs = request_timeout_ms): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(lost());
    if (this.#pending.size >= requests_in_flight_max) return Promise.reject(tooMany());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.environment.after(timeoutMs, () => this.#timeOut(id, method));
      this.#pending.set(id, { resolve, reject, cancelTimeout });
      // What is asked of one that closes is lost with it when it has closed; browsers would complain of the attempt.
      const { readyState = open_state } = this.socket;
      if (readyState <= open_state) this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Ends at once for the listener, however long the closing handshake takes (the other side may be gone). */
  close(code = 1000): void {
    if (this.#isClosed) return;
    this.socket.close(1000);
    this.#end(code);
  }

  #receive(data: unknown): void {
    if (this.#isClosed) return;
    const messages = parse(data);
    if (messages === null) return this.close(1007);
    for (const message of messages) this.#dispatch(message);
  }

  #dispatch(message: Record<string, unknown>): void {
    if (typeof message['method'] === 'string') {
      this.listener.notified(message['method'], message['params']);
      return;
    }
    const pending = this.#take(message['id']);
    if (message['error'] === undefined) pending?.resolve(message['result']);
    else pending?.reject(errorFromWire(message['error']));
  }

  #timeOut(id: number, method: string): void {
    this.#take(id)?.reject(
      new OdnixError('TIMED_OUT', `No answer to ${method} in time.`, { retryable: true }),
    );
  }

  #take(id: unknown): Pending | undefined {
    if (typeof id !== 'number') return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.cancelTimeout();
    return pending;
  }

  #end(code: number, reason = ''): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const id of this.#pending.keys()) this.#take(id)?.reject(lost());
    this.listener.closed(code, reason);
  }
}

function tooMany(): OdnixError {
  return new OdnixError('TOO_MANY_REQUESTS', `More than ${requests_in_flight_max} requests wait.`, {
    retryable: true,
  });
}

/** The messages of a frame, or null when it is not JSON-RPC. */
function parse(data: unknown): Record<string, unknown>[] | null {
  try {
    const value: unknown = JSON.parse(String(data));
    const messages: unknown[] = Array.isArray(value) ? value : [value];
    return messages.every(isObject) ? messages : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
