/**
 * A device of nothing but the protocol, which records every frame with its time: it comes back by itself with its sync
 * token, and takes no update for granted.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../journal.js';
import type { SessionRecord } from '../records.js';
import { ReceivedLog } from './received-log.js';
import { renewed, type Identity } from './sign-in.js';
import { Lost, WireSocket, type Answer } from './wire-socket.js';

const back_off_ms_max = 1_000;
const first_back_off_ms = 50;
/** Of an access token's life, after which it is renewed. */
const renew_at_life = 0.6;
const client = { name: 'drill', version: '1.0.0' };

export interface WireDeviceOptions {
  readonly name: string;
  /** For everything but the socket. */
  readonly baseUrl: string;
  readonly identity: Identity;
  readonly journal: Journal;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Where sockets are opened: at the first, and after a vain attempt at the next until one is found. */
  readonly servers: readonly { readonly name: string; readonly url: string }[];
}

export class WireDevice {
  readonly log: ReceivedLog;
  private socket: WireSocket | null = null;
  private session = 0;
  private turn = 0;
  private isOver = true;
  private isDropping = false;
  private identity: Identity;
  private renewedAtMs: number;
  private isRenewing = false;
  private living: Promise<void> = Promise.resolve();
  private renewing: NodeJS.Timeout | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(readonly options: WireDeviceOptions) {
    this.identity = options.identity;
    this.renewedAtMs = options.journal.nowMs();
    this.log = new ReceivedLog(options.name, this.identity.user_id, options.journal);
  }

  get name(): string {
    return this.options.name;
  }

  get userId(): string {
    return this.identity.user_id;
  }

  get deviceId(): string {
    return this.identity.device_id;
  }

  private get server() {
    const { servers } = this.options;
    return servers[this.turn % servers.length]!;
  }

  /** A session is open. */
  get isReady(): boolean {
    return this.socket !== null;
  }

  /** It was stopped, and nobody asks anything of it. */
  get isAway(): boolean {
    return this.isOver;
  }

  /** Connects now, and again after every loss, until `stop`. */
  start(): void {
    this.isOver = false;
    this.scheduleRenewal();
    this.living = this.live();
  }

  /** What is under way is given up. It may start again, from where it was. */
  async stop(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.renewing);
    this.drop();
    this.wake();
    await this.living;
  }

  /** Loses the connection and comes back: a shallow catch-up. */
  drop(): void {
    this.isDropping = true;
    this.socket?.drop();
  }

  /** Once, on the connection there is. Rejects with Refused or Lost. */
  request(method: string, params: object): Promise<Answer> {
    return this.socket?.request(method, params) ?? Promise.reject(new Lost(1006));
  }

  /** Resolves to whether the condition holds; false when the device was stopped or the time is over. */
  until(condition: () => boolean, timeout_ms: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (this.isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (holds: boolean) => {
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve(holds);
      };
      const timer = setTimeout(() => settle(false), timeout_ms);
      const look = () => {
        if (condition()) settle(true);
        else if (this.isOver) settle(false);
      };
      this.watchers.add(look);
    });
  }

  private async live(): Promise<void> {
    for (let attempt = 0; !this.isOver;) {
      const wasOpen = await this.liveOnce(++this.session);
      attempt = wasOpen ? 0 : attempt + 1;
      if (wasOpen) this.turn = 0;
      const waitMs = Math.min(back_off_ms_max, first_back_off_ms * 2 ** attempt);
      if (!this.isOver) await pause(waitMs * (0.5 + this.options.random() / 2));
    }
  }

  /** One connection from dialling to its end; whether a session was opened on it. */
  private async liveOnce(session: number): Promise<boolean> {
    const ended = Promise.withResolvers<void>();
    this.isDropping = false;
    this.log.chats.beginSession();
    // What comes live before there is a place to continue from comes again.
    const isFirst = this.log.token === undefined;
    const socket = await WireSocket.dial(this.server.url, {
      notified: (method, params) => {
        if (!isFirst) this.notified(method, params, session);
      },
      stray: (frame) => this.options.journal.write({ kind: 'stray', ...this.stamp(), frame }),
      closed: (code) => {
        this.closed(code, session);
        ended.resolve();
      },
    }).catch(() => null);
    if (socket === null) {
      this.turn++;
      return false;
    }
    const wasOpen = await this.open(socket, session).catch(() => false);
    if (!wasOpen || this.isOver) {
      this.isDropping = true;
      socket.drop();
    }
    await ended.promise;
    return wasOpen;
  }

  /** The first session of all takes the first update, once there is one, and is given up for one that continues from there. */
  private async open(socket: WireSocket, session: number): Promise<boolean> {
    const { token, pts: from_pts } = this.log;
    const { access_token } = this.identity;
    const continued = token === undefined ? {} : { sync_token: token };
    const opened = await socket.request('session.open', { access_token, client, ...continued });
    if (opened.too_long === true) {
      this.record(session, { event: 'too_long', from_pts });
      return false;
    }
    if (token === undefined) {
      const first = await socket.request('updates.getDifference', { pts: 0, limit: 1 });
      if (first.updates.length > 0) this.log.take(first.updates[0], session);
      this.isDropping = true;
      return false;
    }
    const { pts, hash } = opened as { pts: number; hash: string };
    this.record(session, { event: 'opened', pts, hash, from_pts });
    this.socket = socket;
    this.wake();
    return true;
  }

  private notified(method: string, params: any, session: number): void {
    if (method === 'update') this.log.take(params, session);
    else if (method === 'updates.caughtUp') {
      this.record(session, { event: 'caught_up', pts: params.pts, hash: params.hash });
    } else if (method === 'session.draining') {
      this.record(session, { event: 'draining' });
      const socket = this.socket;
      setTimeout(() => socket?.close(), Number(params.reconnect_after_ms) * (1 + this.options.random()));
    }
    this.wake();
  }

  private closed(code: number, session: number): void {
    this.socket = null;
    this.record(session, { event: 'closed', code, is_own: this.isDropping || this.isOver });
    this.wake();
  }

  /** By the token's age, however often the device has been away since; one at a time. */
  private scheduleRenewal(): void {
    if (this.isRenewing) return;
    const dueMs = this.renewedAtMs + this.identity.access_expires_in_s * 1_000 * renew_at_life;
    const inMs = Math.max(0, dueMs - this.options.journal.nowMs());
    this.renewing = setTimeout(() => void this.renew(), inMs);
  }

  /** Without an answer the session is closed in time, and opened anew with the next pair. */
  private async renew(): Promise<void> {
    this.isRenewing = true;
    this.identity = await renewed(this.options.baseUrl, this.identity);
    this.renewedAtMs = this.options.journal.nowMs();
    const { access_token } = this.identity;
    await this.request('session.refresh', { access_token }).catch(() => undefined);
    this.isRenewing = false;
    if (!this.isOver) this.scheduleRenewal();
  }

  private record(session: number, event: Omit<SessionRecord, 'kind' | 'device' | 'session' | 'at_ms'>): void {
    const server = this.server.name;
    this.options.journal.write({ kind: 'session', session, server, ...this.stamp(), ...event });
  }

  private stamp() {
    return { device: this.name, at_ms: this.options.journal.nowMs() };
  }

  private wake(): void {
    for (const look of this.watchers) look();
  }
}
