import type { ClientSocket } from '../environment.js';
import type { VirtualEnvironment } from './virtual-environment.js';

export type Params = Readonly<Record<string, unknown>>;

/** Frames take their time, stay in order, and may be lost, but only together with the connection, as TCP has it. */
export class TinySocket implements ClientSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  isOpen = false;
  #isGone = false;
  #lastArrivalMs = 0;

  constructor(
    private readonly environment: VirtualEnvironment,
    private readonly faults: { readonly lost: number },
    private readonly answer: (method: string, params: Params) => object,
  ) {
    this.#travel(() => this.onopen?.());
  }

  send(text: string): void {
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: Params };
    this.#travel(() => {
      try {
        this.#deliver({ id, result: this.answer(method, params) });
      } catch (error) {
        this.#deliver({ id, error });
      }
    });
  }

  notify(method: string, params: unknown): void {
    this.#deliver({ method, params });
  }

  /** By the server. */
  end(code: number, reason: string): void {
    this.#travel(() => {
      this.close();
      this.onclose?.({ code, reason });
    });
  }

  close(): void {
    this.#isGone = true;
    this.isOpen = false;
  }

  #deliver(message: object): void {
    const data = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#travel(() => this.onmessage?.({ data }));
  }

  #travel(arrive: () => void): void {
    const { environment } = this;
    const atMs = Math.max(this.#lastArrivalMs, environment.nowMs() + environment.random() * 100);
    this.#lastArrivalMs = atMs;
    const isLost = environment.random() < this.faults.lost;
    environment.after(atMs - environment.nowMs(), () => {
      if (this.#isGone) return;
      if (!isLost) return arrive();
      this.close();
      this.onclose?.({ code: 1006, reason: '' });
    });
  }
}
