import type { MethodTypes } from '#protocol/method-results.js';
import type { MethodName } from '#protocol/methods.js';
import type { Notifications } from '#protocol/notifications.js';
import type { SessionOpenResult } from '#protocol/methods/session.js';
import type { Auth } from './auth.js';
import { backOffMs } from './back-off.js';
import { incompatibility } from './compatible-protocol.js';
import { Connection, type ConnectionState, type Rpc } from './connection.js';
import type { CancelTimer, Environment } from './environment.js';
import { asOdnixError, isRetryable, OdnixError } from './odnix-error.js';
import type { ServerClock } from './server-clock.js';
import type { LogPosition } from './update-manager.js';

/** How long a call goes on trying, waiting for a connection included. */
const call_deadline_ms = 30_000;

/** Between two renewals, however short tokens live. */
const refresh_pause_min_ms = 1_000;

export interface SessionOptions {
  readonly url: string;
  readonly environment: Environment;
  readonly auth: Auth;
  readonly clock: ServerClock;
  readonly client: { readonly name: string; readonly version: string };
  /** Called before the session is opened: from then on its notifications may come. Where to continue from. */
  readonly onOpening: () => LogPosition | null;
  /** `isContinued`: what is missing is being replayed; otherwise there is nothing to go on from. */
  readonly onOpened: (opened: SessionOpenResult, isContinued: boolean) => void;
  readonly onNotification: <M extends keyof Notifications>(method: M, params: Notifications[M]) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** A signed-in connection: opens with the device's token and place in the log, keeps its identity fresh, calls methods. */
export class Session {
  readonly #connection: Connection;
  readonly #waiting = new Set<() => void>();
  #rpc: Rpc | null = null;
  #cancelRefresh: CancelTimer | null = null;

  constructor(private readonly options: SessionOptions) {
    const { url, environment, clock } = options;
    this.#connection = new Connection({
      url: `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/v1/ws`,
      environment,
      openSession: (rpc) => this.#open(rpc),
      renewCredentials: () => this.#renew(),
      onNotification: (method, params) =>
        options.onNotification(method as keyof Notifications, params as Notifications[keyof Notifications]),
      onState: (state) => this.#stateChanged(state),
      onServerTime: (serverTimeMs) => clock.observe(serverTimeMs),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  /** Once, on the connection there is. Also while the session is just being opened, for who is called from there. */
  request<M extends MethodName>(
    method: M,
    params: MethodTypes[M]['params'],
  ): Promise<MethodTypes[M]['result']> {
    const rpc = this.#rpc ?? ((name: string, body: unknown) => this.#connection.request(name, body));
    return rpc(method, params) as Promise<MethodTypes[M]['result']>;
  }

  /** A method that the server may not have yet, and whose types the protocol's table has not. */
  requestUnlisted(method: string, params: object): Promise<unknown> {
    return this.#connection.request(method, params);
  }

  /** Waits for a connection and tries again what is retryable, up to `call_deadline_ms`. */
  async call<M extends MethodName>(
    method: M,
    params: MethodTypes[M]['params'],
  ): Promise<MethodTypes[M]['result']> {
    const { environment } = this.options;
    const deadlineMs = environment.nowMs() + call_deadline_ms;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#whenOpen(deadlineMs - environment.nowMs());
        return await this.request(method, params);
      } catch (error) {
        const retryAfterMs = error instanceof OdnixError ? error.retryAfterMs : undefined;
        const waitMs = backOffMs(attempt, environment.random(), retryAfterMs);
        if (!isRetryable(error) || environment.nowMs() + waitMs >= deadlineMs) throw error;
        await new Promise<void>((resolve) => environment.after(waitMs, resolve));
      }
    }
  }

  async #open(rpc: Rpc): Promise<{ heartbeatMs: number }> {
    const { auth, client, clock, onOpening, onOpened } = this.options;
    const access_token = await auth.accessToken();
    const position = onOpening();
    const identity = { access_token, client };
    const open = (params: object) => rpc('session.open', params) as Promise<SessionOpenResult>;
    this.#rpc = rpc;
    const token = position === null ? {} : { sync_token: position.sync_token };
    let isContinued = position !== null;
    const opened = await open({ ...identity, ...token }).catch((error: unknown) => {
      if (asOdnixError(error).code !== 'SYNC_TOKEN_INVALID') throw error;
      isContinued = false;
      return open(identity);
    });
    const error = incompatibility(opened.protocol);
    if (error) throw error;
    clock.observe(opened.server_time_ms);
    this.#scheduleRefresh();
    onOpened(opened, isContinued && opened.too_long !== true);
    return { heartbeatMs: opened.heartbeat_ms };
  }

  /** False when the server does not take this device back. */
  async #renew(): Promise<boolean> {
    try {
      await this.options.auth.refresh();
      return true;
    } catch (error) {
      if (isRetryable(error) || asOdnixError(error).code === 'DEVICE_REVOKED') throw error;
      return false;
    }
  }

  #scheduleRefresh(attempt = 0): void {
    const { environment, auth } = this.options;
    const dueInMs = (auth.credentials?.renew_at_ms ?? 0) - environment.nowMs();
    const waitMs =
      attempt === 0 ? Math.max(refresh_pause_min_ms, dueInMs) : backOffMs(attempt, environment.random());
    this.#cancelRefresh?.();
    this.#cancelRefresh = environment.after(waitMs, () => void this.#refresh(attempt));
  }

  /** A session whose identity cannot be renewed is closed by the server in time, and opened anew by the usual rules. */
  async #refresh(attempt: number): Promise<void> {
    const rpc = this.#rpc;
    try {
      const access_token = await this.options.auth.accessToken();
      if (rpc === null || rpc !== this.#rpc) return;
      await rpc('session.refresh', { access_token });
      this.#scheduleRefresh();
    } catch (error) {
      if (rpc === this.#rpc && isRetryable(error)) this.#scheduleRefresh(attempt + 1);
    }
  }

  #stateChanged(state: ConnectionState): void {
    if (state.status !== 'open') {
      this.#rpc = null;
      this.#cancelRefresh?.();
      this.#cancelRefresh = null;
    }
    this.options.onState(state);
    if (state.status === 'open' || state.status === 'stopped') for (const wake of this.#waiting) wake();
  }

  async #whenOpen(withinMs: number): Promise<void> {
    if (this.state.status === 'open') return;
    if (this.state.status !== 'stopped') await this.#stateChange(withinMs);
    const state = this.state as ConnectionState;
    if (state.status === 'open') return;
    if (state.status === 'stopped') throw state.error ?? closed();
    throw new OdnixError('NOT_CONNECTED', 'There was no connection to the server in time.', {
      retryable: true,
    });
  }

  #stateChange(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.options.environment.after(Math.max(0, withinMs), wake);
      this.#waiting.add(wake);
    });
  }
}

function closed(): OdnixError {
  return new OdnixError('CLOSED', 'This client was closed.', { retryable: false });
}
