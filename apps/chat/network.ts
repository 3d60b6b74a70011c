import { nodeEnvironment } from '#client/node/node-environment.js';
import type { ClientSocket, Environment, NetworkEvent, NetworkPort } from '#client/environment.js';
import { OdnixError } from '#client/odnix-error.js';

/** The code of a connection that ended without a word. */
const abnormal_closure = 1006;

/** Node's network with a switch: cut, it is as if the device were in a tunnel. For demonstrations and tests. */
export class Network implements NetworkPort {
  readonly environment: Environment;
  readonly #listeners = new Set<(event: NetworkEvent) => void>();
  /** The client has one connection at a time. */
  #socket: ClientSocket | null = null;
  #isOnline = true;

  constructor() {
    this.environment = {
      ...nodeEnvironment,
      network: this,
      openSocket: (url) => (this.#isOnline ? this.#opened(url) : deadSocket()),
      fetch: (url, init) => (this.#isOnline ? nodeEnvironment.fetch(url, init) : Promise.reject(gone())),
    };
  }

  isOnline(): boolean {
    return this.#isOnline;
  }

  listen(listener: (event: NetworkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whatever was under way is lost. */
  cut(): void {
    if (!this.#isOnline) return;
    this.#isOnline = false;
    if (this.#socket) drop(this.#socket);
    this.#socket = null;
    this.#tell('offline');
  }

  restore(): void {
    if (this.#isOnline) return;
    this.#isOnline = true;
    this.#tell('online');
  }

  #opened(url: string): ClientSocket {
    return (this.#socket = nodeEnvironment.openSocket(url));
  }

  #tell(event: NetworkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function drop(socket: ClientSocket): void {
  const { onclose } = socket;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => undefined;
  socket.close();
  onclose?.({ code: abnormal_closure, reason: '' });
}

function deadSocket(): ClientSocket {
  const socket: ClientSocket = {
    send: () => undefined,
    close: () => undefined,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  queueMicrotask(() => socket.onclose?.({ code: abnormal_closure, reason: '' }));
  return socket;
}

function gone(): OdnixError {
  return new OdnixError('NOT_CONNECTED', 'The network is switched off.', { retryable: true });
}
