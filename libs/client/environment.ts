import type { Sha256 } from '#domain/kernel/hashing.js';

/**
 * Everything the SDK takes from the place it runs in: clock, randomness, timers, network, hashing. Node's stands in
 * `node/node-environment.ts`; tests hand in their own, so that time and chance are theirs.
 */
export interface Environment {
  nowMs(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  randomBytes(count: number): Uint8Array;
  /** Runs once after `ms`, unless cancelled before. */
  after(ms: number, run: () => void): CancelTimer;
  openSocket(url: string): ClientSocket;
  fetch(url: string, init: HttpInit): Promise<HttpAnswer>;
  readonly sha256: Sha256;
  /** Absent where nothing is known of the network (Node): then only silence tells that it is gone. */
  readonly network?: NetworkPort;
}

/** What a place knows of its network, and of its own sleep. */
export interface NetworkPort {
  /** False: there is certainly none. True promises nothing. */
  isOnline(): boolean;
  /** Returns what ends the listening. */
  listen(listener: (event: NetworkEvent) => void): () => void;
}

/** `awake`: the device slept, or its page was hidden, so that timers stood still and connections may be dead. */
export type NetworkEvent = 'online' | 'offline' | 'awake';

export type CancelTimer = () => void;

/** What the SDK uses of a WebSocket: browsers' and Node's have it. */
export interface ClientSocket {
  /** As WebSockets have it: beyond 1 it closes, or is closed. Absent: told by `onclose` alone. */
  readonly readyState?: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
}

interface HttpInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

interface HttpAnswer {
  readonly status: number;
  text(): Promise<string>;
}
