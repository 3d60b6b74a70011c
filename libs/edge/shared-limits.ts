import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { watchCache } from '#observability/caches.js';
import { counter } from '#observability/metrics.js';
import { cacheRoom } from '#process/cache-room.js';
import type { KnownCounter, RateCounters } from '#streams/rate-counters.js';
import { scaled, spend, type Rate } from './token-bucket.js';

/** So many gateways and apis together never give more than a limit; more of them may, each by its own share. */
export const processes_max = 10;
/**
 * What a limit is made of: what each process gives without asking anybody, what is asked for in the shared counter, and
 * what may still be in hand from before.
 */
export const shares = { own: 0.04, shared: 0.5, lease: 0.1 } as const;
/** What a process gives beside its own while the shared counters do not answer: all of them together, the limit. */
const away_share = 1 / processes_max - shares.own;
/** Then they are left alone for a moment. */
const away_ms = 1_000;
/** Some 300 bytes each. The one that was used longest ago goes, and begins anew with its own share when it is back. */
const counters_max = 100_000;

interface Counter {
  readonly known: KnownCounter;
  ownUntilMs: number;
  awayUntilMs: number;
  leased: number;
  leaseEndsMs: number;
  leaseSize: number;
  refusedUntilMs: number;
  wasRefused: boolean;
  asking: Promise<void> | null;
}

const logger = new Logger('limits');
const storeFailures = counter('odnix.rate_limit.store.failures', {});

/**
 * Limits that all servers share, at the price of a write to the store for many requests (docs/adr/0034). A key's first requests, and all
 * of who stays slow, are given from this process's own share, without anybody being asked. Beyond it tokens are leased from
 * the shared counter, some at a time: twice as many when they were used up, fewer when they were not, for as long as the counter takes to
 * grow them again. While the store does not answer, a bounded share is given without it.
 */
export class SharedLimits {
  private readonly counters = new LRUCache<string, Counter>({ max: cacheRoom(counters_max) });
  private readonly looked = watchCache('limits', this.counters);
  private awayUntilMs = 0;

  constructor(
    private readonly store: Pick<RateCounters, 'spend'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes a token: 0, or the milliseconds after which there may be one. At once, unless the store has to be asked. */
  take(key: string, rate: Rate): number | Promise<number> {
    const counter = this.counterOf(key);
    if (counter.asking) return counter.asking.then(() => this.take(key, rate));
    const nowMs = this.now();
    if (takeLeased(counter, nowMs) || takeOwn(counter, rate, nowMs)) return 0;
    if (counter.refusedUntilMs > nowMs) return counter.refusedUntilMs - nowMs;
    if (this.awayUntilMs > nowMs) return takeAway(counter, rate, nowMs);
    counter.asking = this.lease(key, counter, rate).finally(() => (counter.asking = null));
    return counter.asking.then(() => this.take(key, rate));
  }

  private counterOf(key: string): Counter {
    const found = this.counters.get(key);
    this.looked(found !== undefined);
    if (found) return found;
    const known = { sequence: 0, spentUntilMs: 0 };
    const none = { ownUntilMs: 0, awayUntilMs: 0, leased: 0, leaseEndsMs: 0, refusedUntilMs: 0 };
    const counter: Counter = { known, ...none, leaseSize: 1, wasRefused: false, asking: null };
    this.counters.set(key, counter);
    return counter;
  }

  private async lease(key: string, counter: Counter, rate: Rate): Promise<void> {
    const wanted = counter.wasRefused ? counter.leaseSize : nextLeaseSize(counter, rate);
    let size = 0;
    const waitMs = await this.store.spend(key, counter.known, (until) => {
      const pool = scaled(rate, shares.shared);
      const whole = spend(pool, until, this.now(), wanted);
      size = wanted;
      if ('spentUntilMs' in whole || counter.wasRefused) return whole;
      // The last tokens are given out as well. Who was refused waits for a whole lease, or each token would be a write.
      while ((size = Math.floor(size / 2)) > 0) {
        const part = spend(pool, until, this.now(), size);
        if ('spentUntilMs' in part) return part;
      }
      return whole;
    });
    const nowMs = this.now();
    if (waitMs === null) return this.storeIsAway(nowMs);
    counter.wasRefused = waitMs > 0;
    counter.refusedUntilMs = nowMs + waitMs;
    counter.leaseSize = wanted;
    if (waitMs > 0) return;
    counter.leased = size;
    counter.leaseEndsMs = nowMs + leaseMs(rate);
  }

  private storeIsAway(nowMs: number): void {
    storeFailures.add();
    if (nowMs - this.awayUntilMs > away_ms)
      logger.warn('the shared counters do not answer: limits are kept by this process alone');
    this.awayUntilMs = nowMs + away_ms;
  }
}

function takeLeased(counter: Counter, nowMs: number): boolean {
  if (counter.leased === 0 || counter.leaseEndsMs <= nowMs) return false;
  counter.leased -= 1;
  return true;
}

function takeOwn(counter: Counter, rate: Rate, nowMs: number): boolean {
  const spent = spend(scaled(rate, shares.own), counter.ownUntilMs, nowMs);
  if ('waitMs' in spent) return false;
  counter.ownUntilMs = spent.spentUntilMs;
  return true;
}

function takeAway(counter: Counter, rate: Rate, nowMs: number): number {
  const spent = spend(scaled(rate, away_share), counter.awayUntilMs, nowMs);
  if ('waitMs' in spent) return spent.waitMs;
  counter.awayUntilMs = spent.spentUntilMs;
  return 0;
}

/** In which the counter grows what may be in hand from before. */
const leaseMs = ({ burst, per_s }: Rate): number =>
  ((shares.lease * burst) / (shares.shared * per_s)) * 1_000;

/** What was left of the last one was too much. */
const nextLeaseSize = ({ leased, leaseSize }: Counter, { burst }: Rate): number =>
  leased > 0
    ? Math.max(1, leaseSize - leased)
    : Math.max(1, Math.min(leaseSize * 2, Math.floor(burst * shares.lease)));
