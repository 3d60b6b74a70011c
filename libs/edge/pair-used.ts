import type { NatsConnection } from '@nats-io/nats-core';
import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import { pairUsedSubject } from '#streams/subjects.js';

/**
 * A new pair of tokens was used: from then on the refresh token it replaced is spent. Whoever accepts an access token
 * says so, once a pair and process; the api, which keeps the tokens, listens. At most once: a word that is lost only
 * lets the old token live until the new refresh token is used.
 */
const known_pairs_max = 100_000;

export class PairUsed {
  private readonly told = new LRUCache<string, true>({ max: cacheRoom(known_pairs_max) });

  constructor(private readonly nats: NatsConnection) {}

  tell(pair: string | undefined): void {
    if (pair !== undefined && this.isNew(pair)) this.nats.publish(pairUsedSubject, pair);
  }

  /** Whether this is the first use here, which it then has been. */
  isNew(pair: string): boolean {
    if (this.told.has(pair)) return false;
    this.told.set(pair, true);
    return true;
  }

  /** One of all listeners is told. */
  listen(onUsed: (pair: string) => void): void {
    this.nats.subscribe(pairUsedSubject, {
      queue: 'api',
      callback: (error, message) => (error ? undefined : onUsed(message.string())),
    });
  }
}
