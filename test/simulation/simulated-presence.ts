/** Gateways with the real presence in them, people who are connected to them, and one watcher at each who is told of all. */
import { vi } from 'vitest';
import type { Identity } from '#streams/requests.js';
import type { PresenceView } from '#protocol/methods/presence.js';
import type { Random } from '../support/random.js';
import { gatewayTimes } from '../../apps/gateway/limits.js';
import type { Outgoing } from '../../apps/gateway/outgoing.js';
import { GatewayPresence } from '../../apps/gateway/presence/gateway-presence.js';
import { SessionPresence } from '../../apps/gateway/presence/session-presence.js';
import type { SessionPresenceOptions } from '../../apps/gateway/presence/session-presence.js';
import { SimulatedPresenceStore, type SimulatedProcess } from './simulated-presence-store.js';

const { offline_after_ms } = gatewayTimes;
/** Between two beats, and what they are on their way. */
const beat_ms = offline_after_ms / 6 + 100;
/** Of news, where none is lost. */
const news_ms = 3_000;
/** So long after a user left it may not be written: the time they have to come back, a store that is away. */
const unwritten_ms_max = 150_000;
const users_count = 6;
const gateways_count = 3;
const idOf = (n: number): string => `0198c5a0-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** When a user left a gateway, as far as anybody can know by what was written. */
interface Departure {
  readonly gateway: SimulatedGateway;
  fromMs: number;
  toMs: number;
}

export class SimulatedUser {
  readonly sessions: { gateway: SimulatedGateway; session: SessionPresence }[] = [];
  readonly departures: Departure[] = [];
  /** While nobody of theirs is connected: since when, as far as the others can know. */
  goneSinceMs: number | null = 0;
  cameAtMs = 0;

  constructor(
    readonly userId: string,
    private readonly world: SimulatedPresence,
  ) {}

  come(gateway: SimulatedGateway): void {
    if (this.goneSinceMs !== null) this.cameAtMs = Date.now();
    this.goneSinceMs = null;
    const session = this.world.session(gateway, this.userId, () => undefined);
    session.set('online');
    this.sessions.push({ gateway, session });
  }

  go(random: Random): void {
    if (this.sessions.length === 0) return;
    const [left] = this.sessions.splice(random.integer(this.sessions.length), 1);
    left!.session.end();
    this.departures.push({ gateway: left!.gateway, fromMs: Date.now(), toMs: Date.now() });
    if (this.sessions.length === 0) this.goneSinceMs = Date.now();
  }

  /** With the gateway: what it had not written goes with it, of the rest its last beat tells. */
  lose(gateway: SimulatedGateway): void {
    const { store } = this.world;
    const lost = this.sessions.filter((one) => one.gateway === gateway);
    for (const one of lost) this.sessions.splice(this.sessions.indexOf(one), 1);
    const isWritten = store.has(this.userId, gateway.process.gateway);
    const knownMs = isWritten ? gateway.process.beatAtMs : 0;
    const late = this.departures.filter(
      (one) => one.gateway === gateway && Date.now() - one.toMs < unwritten_ms_max,
    );
    for (const one of late) Object.assign(one, { fromMs: Math.min(one.fromMs, knownMs), toMs: Date.now() });
    if (lost.length > 0) this.departures.push({ gateway, fromMs: knownMs, toMs: Date.now() });
    if (this.sessions.length > 0) return;
    this.goneSinceMs = Math.min(this.goneSinceMs ?? Infinity, this.seen.fromMs);
  }

  get seen(): { readonly fromMs: number; readonly toMs: number } {
    const max = (times: number[]): number => Math.max(0, ...times);
    const { departures } = this;
    return {
      fromMs: max(departures.map(({ fromMs }) => fromMs)),
      toMs: max(departures.map(({ toMs }) => toMs)),
    };
  }
}

interface SimulatedGateway {
  readonly process: SimulatedProcess;
  readonly presence: GatewayPresence;
  watcher: SessionPresence;
  readonly told: Map<string, PresenceView>;
}

export class SimulatedPresence {
  readonly store: SimulatedPresenceStore;
  readonly users: SimulatedUser[];
  readonly gateways: SimulatedGateway[] = [];
  readonly wrong: string[] = [];
  /** Until when news may be late. */
  private disturbedUntilMs = 0;
  private isLossy = false;

  private constructor(private readonly random: Random) {
    this.store = new SimulatedPresenceStore(random);
    this.users = Array.from({ length: users_count }, (_, n) => new SimulatedUser(idOf(n), this));
  }

  static async begin(random: Random, loses: number): Promise<SimulatedPresence> {
    const world = new SimulatedPresence(random);
    world.store.loses = loses;
    world.isLossy = loses > 0;
    for (let n = 0; n < gateways_count; n++) world.gateways.push(await world.start());
    return world;
  }

  session(gateway: Pick<SimulatedGateway, 'presence'>, user_id: string, send: (message: Outgoing) => void) {
    const connection = {
      seen: { positions: { projected: {}, logged: {} } },
      isFull: false,
      send,
    } as unknown as SessionPresenceOptions['connection'];
    const identity: Identity = { user_id, device_id: user_id };
    return new SessionPresence({
      presence: gateway.presence,
      connection,
      identity,
      onFailure: () => undefined,
    });
  }

  async kill(index: number): Promise<void> {
    const gateway = this.gateways[index]!;
    gateway.process.isDead = true;
    gateway.watcher.end();
    await Promise.all([gateway.presence.close(), vi.advanceTimersByTimeAsync(1_000)]);
    for (const user of this.users) user.lose(gateway);
    this.gateways[index] = await this.start();
  }

  storeGoes(ms: number): void {
    if (this.store.isAway) return;
    this.store.isAway = true;
    this.disturb(ms + beat_ms + news_ms);
    setTimeout(() => (this.store.isAway = false), ms);
  }

  /** Nothing is lost any more: what was lost before shows at the next regular look. */
  async rest(ms: number): Promise<void> {
    this.store.loses = 0;
    await vi.advanceTimersByTimeAsync(200_000 + ms);
  }

  /** What the watchers were told last, and what they should have been: the same, if all is well. */
  told(): readonly object[] {
    return this.gateways.map(({ told }) =>
      Object.fromEntries(this.users.map((user) => [user.userId, this.judged(user, told.get(user.userId))])),
    );
  }

  truth(): readonly object[] {
    const statuses = this.users.map(({ userId, goneSinceMs }) => [
      userId,
      goneSinceMs === null ? 'online' : 'offline',
    ]);
    return this.gateways.map(() => Object.fromEntries(statuses) as object);
  }

  async end(): Promise<void> {
    for (const user of this.users) while (user.sessions.length > 0) user.go(this.random);
    for (const { watcher, presence } of this.gateways) {
      watcher.end();
      await Promise.all([presence.close(), vi.advanceTimersByTimeAsync(1_000)]);
    }
  }

  private judged({ seen }: SimulatedUser, view: PresenceView | undefined): string {
    if (view === undefined || view.status === 'online') return view?.status ?? 'nothing';
    const { last_seen_ms } = view;
    if (last_seen_ms === undefined) return seen.fromMs === 0 ? 'offline' : 'never seen, and was there';
    // Times of beats are the store's, whose clock is another.
    const isRight = last_seen_ms >= seen.fromMs && last_seen_ms <= seen.toMs + news_ms;
    return isRight ? 'offline' : `seen ${last_seen_ms}, not from ${seen.fromMs} to ${seen.toMs}`;
  }

  private disturb(ms: number): void {
    this.disturbedUntilMs = Math.max(this.disturbedUntilMs, Date.now() + ms);
  }

  private async start(): Promise<SimulatedGateway> {
    const process: SimulatedProcess = { isDead: false, gateway: '', beatAtMs: 0 };
    const told = new Map<string, PresenceView>();
    const edge = {
      ask: { query: async (_: string, { params }: { params: any }) => allShown(params.user_ids) },
    };
    const options = { edge: edge as never, times: gatewayTimes, onFailure: () => undefined };
    const opening = this.whenThere(() => GatewayPresence.on(this.store.for(process), options));
    const presence = await opening;
    const gateway = { process, presence, told };
    const watcher = this.session(gateway, idOf(999), ({ message }) => {
      const { params } = message as unknown as { params: PresenceView };
      this.hear(told, params);
    });
    const ids = this.users.map(({ userId }) => userId);
    // At once: what is told after the answer is newer.
    await this.whenThere(async () => {
      for (const view of (await watcher.watch(ids)).presence) this.hear(told, view);
    });
    return { ...gateway, watcher };
  }

  /** Until the store answers. */
  private async whenThere<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      const outcome = act().then(
        (value) => ({ value }),
        () => null,
      );
      await vi.advanceTimersByTimeAsync(1_000);
      const done = await outcome;
      if (done) return done.value;
    }
  }

  private hear(told: Map<string, PresenceView>, view: PresenceView): void {
    told.set(view.user_id, view);
    if (view.status === 'online' || this.isLossy) return;
    const { goneSinceMs, cameAtMs } = this.users.find(({ userId }) => userId === view.user_id)!;
    const nowMs = Date.now();
    if (nowMs - cameAtMs <= news_ms || nowMs <= this.disturbedUntilMs) return;
    if (goneSinceMs === null) this.wrong.push(`${view.user_id} is there, and told to be gone`);
    else if (goneSinceMs > 0 && nowMs - goneSinceMs < offline_after_ms)
      this.wrong.push(`${view.user_id} is told to be gone after ${nowMs - goneSinceMs} ms`);
  }
}

const allShown = (user_ids: readonly string[]) => ({
  result: { user_ids },
  seen: { projected: {}, logged: {} },
});
