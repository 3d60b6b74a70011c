import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { isNoResponders } from './no-responders.js';
import { leaseAliveSubject } from './subjects.js';

const ask_every_ms = 250;
const ask_jitter_ms = 50;
const answer_ms_max = 500;
/**
 * Longer than a client takes to find another server when its own has died: it tries again after 250 to 500 ms
 * (connection.ts), and one that is busy a little later.
 */
const dead_after_ms = 1_000;
const dead_after_times = 3;
/** Whoever was away itself leaves the others time to come back as well. */
const settle_ms = 1_000;
/** Each asks its next in a ring, so that asking costs the same in every member however many there are. */
const asked_at_once_max = 3;

export interface LivenessOptions {
  readonly group: string;
  readonly member: string;
  /** Somebody is gone: called again and again, for as long as that one is watched. */
  readonly onDead: () => void;
}

/**
 * Who of a group is gone, a second after it happened. Each member answers on a subject of its own (plain NATS, nothing is
 * stored); the others ask four times a second.
 *
 * Gone is of whom the servers say, several times in a row and for `dead_after_ms`, that nobody listens on its subject:
 * its connection is closed. A question that is not answered in time says nothing of the kind (the process is busy, or hangs,
 * or the servers do), and begins the count anew: for such holders leases expire. Who is taken for dead and lives
 * loses leases and nothing else.
 */
export class Liveness {
  private watched: readonly string[] = [];
  private readonly silent = new Map<string, { readonly sinceMs: number; times: number }>();
  private subscription: Subscription | null = null;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: LivenessOptions,
  ) {}

  start(): void {
    const { group, member } = this.options;
    const callback = (error: Error | null, message: { respond(): boolean }) => {
      if (error === null) message.respond();
    };
    this.subscription = this.nc.subscribe(leaseAliveSubject(group, member), { callback });
    this.askIn(ask_every_ms);
  }

  /** From now on this member is gone for the others. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.subscription?.unsubscribe();
  }

  /** Who may be asked: the group as it is known now. */
  watch(members: Iterable<string>): void {
    this.watched = [...new Set(members)].filter((one) => one !== this.options.member).toSorted();
    for (const member of this.silent.keys()) if (!this.watched.includes(member)) this.silent.delete(member);
  }

  /** This member's own connection was away: what it heard before counts no more. */
  reconnected(): void {
    this.silent.clear();
    if (this.subscription !== null) this.askIn(settle_ms);
  }

  get dead(): string[] {
    const beforeMs = performance.now() - dead_after_ms;
    const isDead = ({ sinceMs, times }: { sinceMs: number; times: number }) =>
      times >= dead_after_times && sinceMs <= beforeMs;
    return [...this.silent].flatMap(([member, silence]) => (isDead(silence) ? [member] : []));
  }

  private askIn(waitMs: number): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.ask(), waitMs + (2 * Math.random() - 1) * ask_jitter_ms);
  }

  private async ask(): Promise<void> {
    const timer = this.timer;
    await Promise.all(this.neighbours().map((member) => this.askOne(member)));
    // Told to wait meanwhile.
    if (this.timer !== timer) return;
    if (this.dead.length > 0) this.options.onDead();
    this.askIn(ask_every_ms);
  }

  private neighbours(): string[] {
    const following = this.watched.findIndex((one) => one > this.options.member);
    const start = following === -1 ? 0 : following;
    return [...this.watched.slice(start), ...this.watched.slice(0, start)].slice(0, asked_at_once_max);
  }

  private async askOne(member: string): Promise<void> {
    const subject = leaseAliveSubject(this.options.group, member);
    try {
      await this.nc.request(subject, '', { timeout: answer_ms_max });
      this.silent.delete(member);
    } catch (error) {
      if (!isNoResponders(error)) return void this.silent.delete(member);
      const silence = this.silent.get(member) ?? { sinceMs: performance.now(), times: 0 };
      silence.times += 1;
      this.silent.set(member, silence);
    }
  }
}
