import type { NatsConnection } from '@nats-io/nats-core';
import { StoreUnavailable } from '#streams/event-store.js';

const epoch_cache_ms = 10_000;
const info_timeout_ms = 5_000;

/**
 * The epoch of each USER stream, from its configuration (`odnix.epoch`). An operator raises it when entries were lost:
 * every token of an earlier epoch is then answered `too_long` instead of being continued.
 */
export class LogEpochs {
  private readonly known = new Map<string, { readonly epoch: number; readonly untilMs: number }>();

  constructor(private readonly nc: NatsConnection) {}

  async epochOf(userStream: string): Promise<number> {
    const known = this.known.get(userStream);
    if (known && known.untilMs > Date.now()) return known.epoch;
    const epoch = await this.read(userStream);
    this.known.set(userStream, { epoch, untilMs: Date.now() + epoch_cache_ms });
    return epoch;
  }

  private async read(userStream: string): Promise<number> {
    const subject = `$JS.API.STREAM.INFO.${userStream}`;
    const answer = await this.nc
      .request(subject, '', { timeout: info_timeout_ms })
      .catch((cause: unknown) => {
        throw new StoreUnavailable(`${userStream} told no epoch`, { cause });
      });
    const info = answer.json<{ config?: { metadata?: Record<string, string> } }>();
    const epoch = Number(info.config?.metadata?.['odnix.epoch']);
    if (!Number.isSafeInteger(epoch)) throw new StoreUnavailable(`${userStream} has no epoch`);
    return epoch;
  }
}
