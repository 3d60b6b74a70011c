import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { commandSubject, type CommandTarget } from '#streams/subjects.js';

/** How long requests in flight are waited for when a range is given up. */
const drain_ms = 5_000;

/**
 * One range's subscription, for as long as its lease is held. In a queue group, so that while two handlers overlap each
 * request still reaches one of them.
 */
export class ServedRange {
  private readonly subscription: Subscription;
  private readonly inFlight = new Set<Promise<void>>();

  constructor(
    nats: NatsConnection,
    target: CommandTarget,
    range: number,
    serve: (message: Msg) => Promise<void>,
  ) {
    this.subscription = nats.subscribe(commandSubject(target, range), {
      queue: 'command-handler',
      callback: (error, message) => {
        if (error) return;
        const served = serve(message).finally(() => this.inFlight.delete(served));
        this.inFlight.add(served);
      },
    });
  }

  /** Takes nothing new, serves what has arrived, and resolves when that is answered, or after `drain_ms`. */
  async close(): Promise<void> {
    if (!this.subscription.isClosed()) await this.subscription.drain().catch(() => undefined);
    await Promise.race([Promise.all(this.inFlight), elapsed(drain_ms)]);
  }
}

const elapsed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
