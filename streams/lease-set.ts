import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { Lease, isLive, leaseSubject, leases_stream } from './lease.js';
import { lease_ttl_ms_default } from './topology.js';

const looks_per_ttl = 3;
/** Changes come in bursts; one look serves them all. */
const settle_ms = 20;

export interface LeaseSetOptions {
  /** One word: what is shared out, such as `timeline`. */
  readonly group: string;
  /** One word each, the same list in every member. */
  readonly names: readonly string[];
  /** One word, new with every start of a process. */
  readonly member: string;
  readonly ttlMs?: number;
  readonly onAcquired: (name: string) => void;
  /** The work must have stopped when this resolves: after it the lease goes to another member. */
  readonly onGivingUp: (name: string) => Promise<void>;
  /** Lost without being asked: stop at once. The store's fence guards what was still on its way. */
  readonly onLost: (name: string) => void;
}

/**
 * Shares a list of names fairly among the processes that serve them: nobody claims more than
 * ceil(names / members), and who has more when members join gives some up. What a lost member had is taken
 * over once its leases have expired; what is released, at once.
 *
 * Every member looks at the group's keys three times a lease's life, and when it hears somebody join, release or leave
 * (such writes pass by as plain messages, at most once: a missed one is found by the next look). As with a single
 * lease, this is for speed: for moments two members may believe in the same name, and the store refuses one of them.
 */
export class LeaseSet {
  private readonly direct: DirectGet;
  private readonly held = new Map<string, Lease>();
  private readonly knownMembers = new Set<string>();
  private readonly ttlMs: number;
  private presence: Lease | null = null;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private subscription: Subscription | null = null;
  private isStopped = false;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: LeaseSetOptions,
  ) {
    this.ttlMs = options.ttlMs ?? lease_ttl_ms_default;
    this.direct = new DirectGet(nc, this.ttlMs / looks_per_ttl);
  }

  /** The names this member holds now. */
  get names(): readonly string[] {
    return [...this.held.keys()];
  }

  start(): void {
    const callback = (
      _: unknown,
      { subject, headers }: { subject: string; headers?: { has(name: string): boolean } },
    ) => {
      const isJoining = subject.startsWith(this.subject('member')) && !this.knownMembers.has(subject);
      if (isJoining || headers?.has('KV-Operation') === true) this.lookIn(settle_ms);
    };
    this.subscription = this.nc.subscribe(`${this.subject()}>`, { callback });
    this.lookIn(0);
  }

  /** Gives everything up, gracefully, and leaves the group. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.subscription?.unsubscribe();
    await this.looking;
    await Promise.all(this.names.map((name) => this.giveUp(name)));
    await this.presence?.release();
  }

  private lookIn(waitMs: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.looking = this.looking
        .then(() => this.look())
        .finally(() => this.lookIn(this.ttlMs / looks_per_ttl));
    }, waitMs);
  }

  private async look(): Promise<void> {
    if (this.isStopped) return;
    if (this.presence?.isHeld !== true) await this.join();
    const messages = await this.direct
      .getLastForSubjects(leases_stream, [`${this.subject()}>`])
      .catch(() => undefined);
    if (messages === undefined || this.presence === null) return;
    const live = new Set(messages.filter(isLive).map(({ subject }) => subject));
    this.knownMembers.clear();
    for (const subject of live)
      if (subject.startsWith(this.subject('member'))) this.knownMembers.add(subject);
    this.knownMembers.add(this.subject('member') + this.options.member);
    const share = Math.ceil(this.options.names.length / this.knownMembers.size);
    for (const name of this.names.slice(share)) await this.giveUp(name);
    await this.claim(share, live);
  }

  private async join(): Promise<void> {
    this.presence = await this.acquire(`member.${this.options.member}`, () => (this.presence = null));
  }

  /** Begins at a place of its own, so that members who start together do not all try for the same names. */
  private async claim(share: number, live: ReadonlySet<string>): Promise<void> {
    const { names, member, onAcquired, onLost } = this.options;
    const offset = [...member].reduce((sum, character) => sum + character.charCodeAt(0), 0) % names.length;
    for (const name of [...names.slice(offset), ...names.slice(0, offset)]) {
      if (this.isStopped || this.held.size >= share) return;
      if (this.held.has(name) || live.has(this.subject('lease') + name)) continue;
      const lease = await this.acquire(`lease.${name}`, () => {
        if (this.held.delete(name)) onLost(name);
      });
      if (lease === null) continue;
      this.held.set(name, lease);
      onAcquired(name);
    }
  }

  private async giveUp(name: string): Promise<void> {
    const lease = this.held.get(name);
    if (lease === undefined) return;
    await this.options.onGivingUp(name);
    this.held.delete(name);
    await lease.release();
  }

  private acquire(key: string, onLost: () => void): Promise<Lease | null> {
    const { group, member: holder } = this.options;
    return Lease.acquire(this.nc, { key: `${group}.${key}`, holder, ttlMs: this.ttlMs, onLost });
  }

  private subject(kind?: 'member' | 'lease'): string {
    return leaseSubject(`${this.options.group}.${kind === undefined ? '' : `${kind}.`}`);
  }
}
