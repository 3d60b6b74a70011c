import type { CancelTimer, Environment } from './environment.js';
import type { JsonRpcSocket } from './json-rpc-socket.js';
import { closeCodes } from '#protocol/errors.js';

/** How long a connection that may have died has to prove that it lives. */
export const probe_timeout_ms = 5_000;

/**
 * Proof of life in both directions: a ping every heartbeat, and an end to the connection when neither an answer nor
 * anything else came for two of them.
 */
export class Heartbeat {
  #cancel: CancelTimer = () => undefined;
  #cancelProbe: CancelTimer | null = null;
  #lastHeardMs: number;

  constructor(
    private readonly socket: JsonRpcSocket,
    private readonly environment: Environment,
    private readonly heartbeatMs: number,
    private readonly onServerTime: (serverTimeMs: number) => void,
  ) {
    this.#lastHeardMs = environment.nowMs();
    this.#schedule();
  }

  heard(): void {
    this.#lastHeardMs = this.environment.nowMs();
  }

  stop(): void {
    this.#cancel();
    this.#cancelProbe?.();
  }

  /** Asks now instead of waiting for two silent heartbeats: the network changed, or timers stood still. */
  probe(): void {
    if (this.#cancelProbe) return;
    const askedMs = this.environment.nowMs();
    this.#cancelProbe = this.environment.after(probe_timeout_ms, () => {
      this.#cancelProbe = null;
      if (this.#lastHeardMs < askedMs) this.socket.close(closeCodes.heartbeat_missed);
    });
    this.#ping();
  }

  #schedule(): void {
    this.#cancel = this.environment.after(this.heartbeatMs, () => this.#beat());
  }

  #beat(): void {
    const silentMs = this.environment.nowMs() - this.#lastHeardMs;
    if (silentMs >= 2 * this.heartbeatMs) return this.socket.close(closeCodes.heartbeat_missed);
    this.#schedule();
    this.#ping();
  }

  #ping(): void {
    this.socket.request('session.ping', {}, this.heartbeatMs).then(
      (result) => {
        this.heard();
        const serverTimeMs = (result as { server_time_ms?: unknown } | null)?.server_time_ms;
        if (typeof serverTimeMs === 'number') this.onServerTime(serverTimeMs);
      },
      // An unanswered ping shows in the silence, an ended connection in its close event.
      () => undefined,
    );
  }
}
