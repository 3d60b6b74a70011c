import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { publishOne } from './publish-one.js';
import { sha256 } from './sha256.js';
import { rates_stream, rateSubject } from './subjects.js';

/** Soon: a request waits for it. */
const answer_ms_max = 500;
const tries_max = 8;
/** Where that many met in one counter. */
const crowded_ms = 50;

/** What a counter is as last known: the store's sequence of it, and the time up to which tokens are spent. */
export interface KnownCounter {
  sequence: number;
  spentUntilMs: number;
}

/** From what a counter is and now, what it becomes; a number instead is the milliseconds to come again after. */
export type Spend = (spentUntilMs: number) => { readonly spentUntilMs: number } | { readonly waitMs: number };

/**
 * Counters that all servers share and that outlive them, one message each in the bucket RATES, changed by compare and set. One that
 * the bucket has let go of (its time is long over, or others were newer) begins anew.
 */
export class RateCounters {
  private readonly direct: DirectGet;

  constructor(private readonly nats: NatsConnection) {
    this.direct = new DirectGet(nats, answer_ms_max);
  }

  /**
   * Spends, and brings `known` up to date. Waiting needs no question: a counter never goes back, so what is known is at least
   * as generous as what is stored. 0 milliseconds: spent. Null: the store does not tell.
   */
  async spend(key: string, known: KnownCounter, spend: Spend): Promise<number | null> {
    const subject = rateSubject(Buffer.from(sha256(key)).toString('hex'));
    for (let tries = 0; tries < tries_max; tries++) {
      const spent = spend(known.spentUntilMs);
      if ('waitMs' in spent) return spent.waitMs;
      const data = new TextEncoder().encode(String(spent.spentUntilMs));
      const message = { subject, data, expectedLastSubjectSequence: known.sequence };
      const result = await publishOne(this.nats, message, { timeoutMs: answer_ms_max }).catch(() => null);
      if (result?.ok) {
        known.sequence = result.sequence;
        known.spentUntilMs = spent.spentUntilMs;
        return 0;
      }
      if (result?.reason !== 'conflict' || !(await this.read(subject, known))) return null;
    }
    return crowded_ms;
  }

  /** False: it could not be read. */
  private async read(subject: string, known: KnownCounter): Promise<boolean> {
    const last = await this.direct
      .getLastBySubject(rates_stream, subject, { leader: true })
      .catch(() => undefined);
    if (last === undefined) return false;
    known.sequence = last?.sequence ?? 0;
    known.spentUntilMs = last === null ? 0 : Number(Buffer.from(last.data).toString()) || 0;
    return true;
  }
}
