import { closeCodes } from '#protocol/errors.js';
import { back_off_max_ms, backOffMs } from './back-off.js';
import { closeVerdict } from './close-verdict.js';
import type { CancelTimer, Environment, NetworkEvent } from './environment.js';
import { Heartbeat } from './heartbeat.js';
import { JsonRpcSocket } from './json-rpc-socket.js';
import { asOdnixError, OdnixError } from './odnix-error.js';

/** From dialling to an open session. */
export const open_timeout_ms = 10_000;
/** Only a connection that lasted this long starts the back-off anew: one that is thrown out at once must not hammer. */
export const stable_connection_ms = 10_000;
/** A draining server's wish is heeded up to here, and its clients spread over the second after it. */
const draining_wait_max_ms = 60_000;
export const draining_spread_ms = 1_000;
/** Without a network dialling is no use; but a place may be wrong about its network, so it is not given up. */
export const offline_retry_ms = 60_000;

export type ConnectionState =
  | { readonly status: 'idle' | 'connecting' | 'open' }
  | {
      readonly status: 'waiting';
      readonly retryInMs: number;
      /** This place says that it has no network. */
      readonly isOffline: boolean;
      readonly error?: OdnixError;
    }
  | { readonly status: 'stopped'; readonly error?: OdnixError };

export type Rpc = (method: string, params: unknown, timeoutMs?: number) => Promise<unknown>;

export interface ConnectionOptions {
  readonly url: string;
  readonly environment: Environment;
  /** Opens the session on a fresh connection. A non-retryable error stops for good, unless `renewCredentials` helps. */
  readonly openSession: (rpc: Rpc) => Promise<{ heartbeatMs: number }>;
  /** Resolves to whether there are new credentials to try with. A rejection that is not retryable stops for good. */
  readonly renewCredentials: () => Promise<boolean>;
  readonly onNotification: (method: string, params: unknown) => void;
  readonly onState: (state: ConnectionState) => void;
  readonly onServerTime: (serverTimeMs: number) => void;
}

/**
 * One session kept open: dials, opens, beats, and dials again with back-off until stopped. Where the place knows its
 * network, a return of it is dialled into at once, and a change under an open connection is answered by a probe, not by
 * closing it: what a place says of its network may be wrong. (That time-outs alone take most of a minute to see a
 * changed network is what users told centrifuge-js in its issue 203; it closes where this probes.)
 */
export class Connection {
  #state: ConnectionState = { status: 'idle' };
  #socket: JsonRpcSocket | null = null;
  #heartbeat: Heartbeat | null = null;
  #attempt = 0;
  #openError: unknown = null;
  /** New credentials are tried once between two open sessions, or a server that refuses all would be asked for ever. */
  #hasRenewed = false;
  /** The server asked not to be dialled before this. */
  #notBeforeMs = 0;
  #drainedAtMs: number | null = null;
  #stopListening: (() => void) | null = null;
  readonly #timers = new Map<'open' | 'retry' | 'stable' | 'drain', CancelTimer>();

  constructor(private readonly options: ConnectionOptions) {}

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state.status !== 'idle' && this.#state.status !== 'stopped') return;
    this.#stopListening = this.options.environment.network?.listen((event) => this.#network(event)) ?? null;
    if (this.#isOffline) this.#wait(undefined);
    else this.#dial();
  }

  stop(error?: OdnixError): void {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#setState({ status: 'stopped', ...(error ? { error } : {}) });
    this.#socket?.close();
    this.#clear();
  }

  /** Rejects at once when no session is open: who wants to wait listens to the state. */
  request(method: string, params: unknown, timeoutMs?: number): Promise<unknown> {
    if (this.#state.status !== 'open' || !this.#socket) return Promise.reject(notConnected());
    return this.#socket.request(method, params, timeoutMs);
  }

  /** For who knows that the session has become useless. Dials again by the usual rules. */
  drop(): void {
    this.#socket?.close(closeCodes.heartbeat_missed);
  }

  #dial(): void {
    const { environment, url } = this.options;
    this.#openError = null;
    this.#drainedAtMs = null;
    this.#setState({ status: 'connecting' });
    const socket: JsonRpcSocket = new JsonRpcSocket(environment.openSocket(url), environment, {
      opened: () => void this.#open(socket),
      notified: (method, params) => this.#notified(method, params),
      closed: (code, reason) => this.#closed(code, reason),
    });
    this.#socket = socket;
    this.#timer('open', open_timeout_ms, () => socket.close(closeCodes.heartbeat_missed));
  }

  async #open(socket: JsonRpcSocket): Promise<void> {
    try {
      const rpc: Rpc = (method, params, timeoutMs) => socket.request(method, params, timeoutMs);
      const { heartbeatMs } = await this.options.openSession(rpc);
      if (this.#socket === socket) this.#opened(socket, heartbeatMs);
    } catch (error) {
      if (this.#socket !== socket) return;
      this.#openError = error;
      socket.close();
    }
  }

  #opened(socket: JsonRpcSocket, heartbeatMs: number): void {
    const { environment, onServerTime } = this.options;
    this.#cancel('open');
    this.#hasRenewed = false;
    this.#timer('stable', stable_connection_ms, () => (this.#attempt = 0));
    this.#heartbeat = new Heartbeat(socket, environment, heartbeatMs, onServerTime);
    this.#setState({ status: 'open' });
  }

  #notified(method: string, params: unknown): void {
    this.#heartbeat?.heard();
    if (method === 'session.draining') this.#drain(params);
    else this.options.onNotification(method, params);
  }

  #drain(params: unknown): void {
    const asked = Number((params as { reconnect_after_ms?: unknown } | null)?.reconnect_after_ms);
    const wait = Math.min(draining_wait_max_ms, Math.max(0, asked || 0));
    const spread = Math.floor(this.options.environment.random() * draining_spread_ms);
    this.#drainedAtMs = this.options.environment.nowMs() + wait + spread;
    this.#timer('drain', wait + spread, () => this.#socket?.close(closeCodes.draining));
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    this.#clear();
    if (this.#state.status === 'stopped') return;
    const error = this.#openError === null ? undefined : asOdnixError(this.#openError);
    if (closeVerdict(code) === 'renew_credentials' || error?.code === 'UNAUTHENTICATED') {
      void this.#renew(error);
    } else if (closeVerdict(code) === 'stop' || error?.retryable === false) {
      this.stop(error ?? stoppedBy(code, reason));
    } else {
      this.#wait(error);
    }
  }

  async #renew(error: OdnixError | undefined): Promise<void> {
    this.#setState({ status: 'connecting' });
    const mayRenew = !this.#hasRenewed;
    this.#hasRenewed = true;
    try {
      const hasNew = mayRenew && (await this.options.renewCredentials());
      if (this.#state.status === 'stopped') return;
      if (hasNew) this.#wait(error);
      else this.stop(error ?? stoppedBy(closeCodes.unauthenticated));
    } catch (cause) {
      this.#hasRenewed = false;
      const failure = asOdnixError(cause);
      if (this.#state.status === 'stopped') return;
      if (failure.retryable) this.#wait(failure);
      else this.stop(failure);
    }
  }

  #wait(error: OdnixError | undefined): void {
    const nowMs = this.options.environment.nowMs();
    this.#notBeforeMs = this.#drainedAtMs ?? nowMs + Math.min(back_off_max_ms, error?.retryAfterMs ?? 0);
    this.#waitFor(this.#isOffline ? offline_retry_ms : this.#retryInMs(error), error);
  }

  #waitFor(retryInMs: number, error: OdnixError | undefined): void {
    this.#timer('retry', retryInMs, () => this.#dial());
    this.#setState({ status: 'waiting', retryInMs, isOffline: this.#isOffline, ...(error ? { error } : {}) });
  }

  #retryInMs(error: OdnixError | undefined): number {
    const { environment } = this.options;
    if (this.#drainedAtMs !== null) return Math.max(0, this.#drainedAtMs - environment.nowMs());
    return backOffMs(this.#attempt++, environment.random(), error?.retryAfterMs);
  }

  get #isOffline(): boolean {
    return this.options.environment.network?.isOnline() === false;
  }

  #network(event: NetworkEvent): void {
    if (this.#state.status === 'open') this.#heartbeat?.probe();
    if (this.#state.status !== 'waiting') return;
    const untilAllowedMs = Math.max(0, this.#notBeforeMs - this.options.environment.nowMs());
    this.#waitFor(event === 'offline' ? offline_retry_ms : untilAllowedMs, this.#state.error);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.options.onState(state);
  }

  #timer(name: 'open' | 'retry' | 'stable' | 'drain', ms: number, run: () => void): void {
    this.#cancel(name);
    this.#timers.set(name, this.options.environment.after(ms, run));
  }

  #cancel(name: 'open' | 'retry' | 'stable' | 'drain'): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #clear(): void {
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    for (const name of this.#timers.keys()) this.#cancel(name);
  }
}

function notConnected(): OdnixError {
  return new OdnixError('NOT_CONNECTED', 'There is no connection to the server just now.', {
    retryable: true,
  });
}

/** Of a device that was signed out the close's reason says why. */
function stoppedBy(code: number, reason = ''): OdnixError {
  if (code === closeCodes.device_revoked)
    return new OdnixError('DEVICE_REVOKED', 'This device was signed out.', {
      retryable: false,
      details: { reason },
    });
  const isSignedOut = code === closeCodes.unauthenticated;
  return new OdnixError(
    isSignedOut ? 'SIGNED_OUT' : 'CLOSED',
    isSignedOut ? 'This device is signed out.' : `The server closed the connection for good (${code}).`,
    { retryable: false },
  );
}
