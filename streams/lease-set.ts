import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { counter, gauge, type Gauge } from '#observability/metrics.js';
import { DirectGet } from './direct-get.js';
import { Lease, leaseSubject, leases_stream, voidLease } from './lease.js';
import { LeaseTable } from './lease-table.js';
import { Liveness } from './liveness.js';
import { lease_ttl_ms_default } from './topology.js';

const looks_per_ttl = 10;
const look_answer_ms_max = 2_000;
/** Changes come in bursts; one look serves them all. */
const settle_ms = 20;

export interface LeaseSetOptions {
  /** Dot-separated words: what is shared out, such as `timeline`. */
  readonly group: string;
  /** One word each, the same list in every member. */
  readonly names: readonly string[];
  /** One word, new with every start of a process. */
  readonly member: string;
  readonly ttlMs?: number;
  /** `wasGivenBack`: whoever had it before has finished with it; otherwise that one died, or nobody knows. */
  readonly onAcquired: (name: string, wasGivenBack: boolean) => void;
  /** The work must have stopped when this resolves: after it the lease goes to another member. */
  readonly onGivingUp: (name: string) => Promise<void>;
  /** Somebody else has it: stop at once. The store's fence guards what was still on its way. */
  readonly onLost: (name: string) => void;
}

/**
 * Shares a list of names fairly among the processes that serve them: nobody claims more than
 * ceil(names / members), and who has more when members join gives some up. What a member gives back is taken over at
 * once; what a dead one had, when it was not heard of for a second (Liveness): then its leases are voided, each only if it
 * was not renewed meanwhile. What one had that hangs is taken over once its leases have expired.
 *
 * While the servers do not answer everybody keeps what it has, and afterwards too: leases that expired meanwhile are
 * left alone for a moment, in which those who had them write them again.
 *
 * Every member looks at the group's keys ten times a lease's life, and when it hears somebody join, release or leave
 * (such writes pass by as plain messages, at most once: a missed one is found by the next look). As with a single
 * lease, this is for speed: for moments two members may believe in the same name, and the store refuses one of them.
 */
export class LeaseSet {
  private readonly direct: DirectGet;
  private readonly table: LeaseTable;
  private readonly liveness: Liveness;
  private readonly held = new Map<string, Lease>();
  private readonly ttlMs: number;
  private presence: Lease | null = null;
  private timer: NodeJS.Timeout | undefined;
  private lookDueAtMs = Number.POSITIVE_INFINITY;
  private isLookQueued = false;
  private looking: Promise<void> = Promise.resolve();
  private subscription: Subscription | null = null;
  private isStopped = false;
  private readonly heldHere: Gauge;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: LeaseSetOptions,
  ) {
    const { group, member, ttlMs } = options;
    this.ttlMs = ttlMs ?? lease_ttl_ms_default;
    this.heldHere = gauge('odnix.lease.held', { group });
    counter('odnix.lease.lost', { group }).add(0);
    this.direct = new DirectGet(nc, look_answer_ms_max);
    this.table = new LeaseTable(group);
    this.liveness = new Liveness(nc, { group, member, onDead: () => this.lookIn(0) });
  }

  /** The names this member holds now. */
  get names(): readonly string[] {
    return [...this.held.keys()];
  }

  /** Whether the others count on this member. */
  get isMember(): boolean {
    return this.presence !== null;
  }

  start(): void {
    const joins = leaseSubject(`${this.options.group}.member.`);
    const callback = (_: unknown, { subject, headers }: Heard) => {
      const isJoining = subject.startsWith(joins) && !this.table.members.has(subject.slice(joins.length));
      if (isJoining || headers?.has('KV-Operation') === true) this.lookIn(settle_ms);
    };
    this.subscription = this.nc.subscribe(leaseSubject(`${this.options.group}.>`), { callback });
    this.liveness.start();
    void this.followConnection();
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
    this.presence = null;
    this.liveness.stop();
  }

  /** To be called when the store has refused what was done under a lease: somebody else may have it. */
  doubt(name: string): void {
    this.held.get(name)?.renewNow();
  }

  /** What happened while the connection was away was not heard. */
  private async followConnection(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      if (this.isStopped) return;
      if (type !== 'reconnect') continue;
      this.liveness.reconnected();
      for (const lease of [this.presence, ...this.held.values()]) lease?.renewNow();
      this.lookIn(settle_ms);
    }
  }

  /** Whoever wants it soonest decides; what is wanted while one look is made is one more look. */
  private lookIn(waitMs: number): void {
    const dueAtMs = performance.now() + waitMs;
    if (this.isStopped || dueAtMs >= this.lookDueAtMs) return;
    clearTimeout(this.timer);
    this.lookDueAtMs = dueAtMs;
    this.timer = setTimeout(() => this.lookNext(), waitMs);
  }

  private lookNext(): void {
    this.lookDueAtMs = Number.POSITIVE_INFINITY;
    if (this.isLookQueued) return;
    this.isLookQueued = true;
    const look = () => {
      this.isLookQueued = false;
      return this.look();
    };
    this.looking = this.looking.then(look).finally(() => this.lookIn(this.ttlMs / looks_per_ttl));
  }

  private async look(): Promise<void> {
    if (this.isStopped) return;
    const { group, names, member } = this.options;
    this.presence ??= await this.acquire(`member.${member}`, () => (this.presence = null));
    const messages = await this.direct
      .getLastForSubjects(leases_stream, [leaseSubject(`${group}.>`)])
      .catch(() => undefined);
    if (messages === undefined || this.presence === null) return;
    this.table.see(messages, performance.now());
    await this.voidTheDead();
    this.liveness.watch(this.table.holders);
    for (const [name, lease] of this.held) if (this.table.holderOf(name) !== member) lease.renewNow();
    const share = Math.ceil(names.length / this.table.members.add(member).size);
    await Promise.all(this.names.slice(share).map((name) => this.giveUp(name)));
    await this.claim(share);
  }

  private async voidTheDead(): Promise<void> {
    const left = this.liveness.dead.flatMap((one) => this.table.remove(one));
    await Promise.all(left.map(({ subject, sequence }) => voidLease(this.nc, subject, sequence)));
  }

  /** Begins at a place of its own, so that members who start together do not all try for the same names. */
  private async claim(share: number): Promise<void> {
    const { names, member } = this.options;
    const offset = [...member].reduce((sum, character) => sum + character.charCodeAt(0), 0) % names.length;
    const free = [...names.slice(offset), ...names.slice(0, offset)].filter(
      (name) => !this.held.has(name) && this.table.holderOf(name) === null,
    );
    while (!this.isStopped && free.length > 0 && this.held.size < share) {
      const some = free.splice(0, share - this.held.size);
      await Promise.all(some.map((name) => this.claimOne(name)));
    }
  }

  private async claimOne(name: string): Promise<void> {
    const { group } = this.options;
    const lease = await this.acquire(`lease.${name}`, () => {
      if (!this.held.delete(name)) return;
      this.heldHere.add(-1);
      counter('odnix.lease.lost', { group }).add();
      this.options.onLost(name);
    });
    if (lease === null) return;
    this.held.set(name, lease);
    this.heldHere.add();
    counter('odnix.lease.acquired', { group, from: lease.wasGivenBack ? 'given_back' : 'left' }).add();
    this.options.onAcquired(name, lease.wasGivenBack);
  }

  private async giveUp(name: string): Promise<void> {
    const lease = this.held.get(name);
    if (lease === undefined) return;
    await this.options.onGivingUp(name);
    if (this.held.delete(name)) this.heldHere.add(-1);
    await lease.release();
  }

  private acquire(key: string, onLost: () => void): Promise<Lease | null> {
    const { group, member: holder } = this.options;
    return Lease.acquire(this.nc, { key: `${group}.${key}`, holder, ttlMs: this.ttlMs, onLost });
  }
}

interface Heard {
  readonly subject: string;
  readonly headers?: { has(name: string): boolean };
}
