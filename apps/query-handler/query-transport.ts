/**
 * Queries over NATS request/reply: plain JSON, one subject a method, any handler of the queue group answers. (Nest's own
 * NATS transport wraps requests in packets that the edge would have to know.) A request over the bound is answered BUSY at
 * once: it waits at its sender, not here.
 */
import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { lastValueFrom } from 'rxjs';
import { applicationError } from '#protocol/errors.js';
import type { Reply } from '#streams/requests.js';
import { querySubject } from '#streams/subjects.js';

import { overloads } from './query-metrics.js';

const queue_group = 'query-handler';
const requests_in_flight_max = 4_096;
const busy_retry_ms = 250;
const drain_ms = 2_500;
const drain_poll_ms = 5;
export const query_pattern = 'query';

/** What a handler is told beside the request: the method, and the edge's span. */
export class QueryRpcContext extends BaseRpcContext<[string, string | undefined]> {
  get method(): string {
    return this.getArgByIndex(0) as string;
  }
  get traceparent(): string | undefined {
    return this.getArgByIndex(1) as string | undefined;
  }
}

export class QueryTransport extends Server implements CustomTransportStrategy {
  private subscriptions: Subscription[] = [];
  private inFlight = 0;

  constructor(
    private readonly nats: NatsConnection,
    private readonly methodNames: readonly string[],
  ) {
    super();
  }

  listen(callback: () => void): void {
    this.take();
    callback();
  }

  /** Its share of the requests, from now on. */
  take(): void {
    if (this.subscriptions.length > 0) return;
    this.subscriptions = this.methodNames.map((method) =>
      this.nats.subscribe(querySubject(method), {
        queue: queue_group,
        callback: (error, message) => (error ? undefined : void this.serve(method, message)),
      }),
    );
  }

  /** The requests to others; answers those that it has. */
  async leave(): Promise<void> {
    const left = this.subscriptions;
    this.subscriptions = [];
    await Promise.all(left.map((subscription) => subscription.drain())).catch(() => undefined);
  }

  /** Takes no more requests and answers those in flight, bounded. */
  async close(): Promise<void> {
    const deadline = performance.now() + drain_ms;
    await this.leave();
    while (this.inFlight > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, drain_poll_ms));
    }
  }

  on(): never {
    throw new Error('a query transport emits no events');
  }

  unwrap<T>(): T {
    return this.nats as T;
  }

  private async serve(method: string, message: Msg): Promise<void> {
    if (this.inFlight >= requests_in_flight_max) {
      overloads.add();
      return respond(message, refused('BUSY'));
    }
    this.inFlight += 1;
    try {
      const context = new QueryRpcContext([method, message.headers?.get('traceparent') || undefined]);
      const handler = this.getHandlerByPattern(query_pattern)!;
      const answer = this.transformToObservable(await handler(parsed(message), context));
      respond(message, (await lastValueFrom(answer)) as Reply);
    } catch {
      // Nest's exception layer has logged it.
      respond(message, refused('INTERNAL'));
    } finally {
      this.inFlight -= 1;
    }
  }
}

const refused = (code: 'BUSY' | 'INTERNAL'): Reply => ({
  error: applicationError(code, { retry_after_ms: busy_retry_ms }),
});

/** What is not JSON is `undefined`, which no DTO accepts. */
function parsed(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

const respond = (message: Msg, reply: Reply): void => void message.respond(JSON.stringify(reply));
