import { randomUUID } from 'node:crypto';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { BaseRpcContext, Server } from '@nestjs/microservices';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { lastValueFrom } from 'rxjs';
import type { ErrorCode } from '#protocol/errors.js';
import { errorCatalogue } from '#protocol/errors.js';
import type { CommandsReply } from '#streams/requests.js';
import { LeaseSet } from '#streams/lease-set.js';
import { command_ranges_count, commandRangeOf, commandSubject } from '#streams/subjects.js';
import { rangeTakenSubject, type CommandTarget } from '#streams/subjects.js';
import { counter, gauge } from '#observability/metrics.js';
import { measureCommands } from './command-metrics.js';
import { InFlight } from './in-flight.js';
import { refused, refusedAll } from './refusal.js';
import { ServedRange } from './served-range.js';

const inFlight = gauge('odnix.command.in_flight', {});

const requests_in_flight_max = 2_048;
const requests_in_flight_per_range_max = 512;
const busy_retry_after_ms = 100;
const probe_ms_max = 1_000;

/** Every range there is, by the name of its lease. */
const ranges = new Map<string, { target: CommandTarget; range: number }>(
  (['chat', 'account'] as const).flatMap((target) =>
    Array.from(
      { length: command_ranges_count },
      (_, range) => [`${target}-${range}`, { target, range }] as const,
    ),
  ),
);

/** What a handler is told beside the request. */
export class RequestContext extends BaseRpcContext<[string | undefined]> {
  /** The edge's span, which the decision's span is a child of. */
  get traceparent(): string | undefined {
    return this.getArgByIndex(0) as string | undefined;
  }
}

export interface RangeTransportOptions {
  readonly nats: NatsConnection;
  /** Another handler may have written in this range since it was last held: what is cached of it is worth nothing. */
  readonly onRangeTaken: (target: CommandTarget, range: number) => unknown;
}

/**
 * Commands over NATS request/reply, by range: serves the ranges whose leases this process holds. The lease is for speed
 * (one handler knows a chat and batches its decisions); two handlers that both believe to hold one are safe, because the
 * store guards. A request over a bound is answered BUSY at once: it waits at its sender, not here.
 */
export class RangeTransport extends Server implements CustomTransportStrategy {
  private readonly served = new Map<string, ServedRange>();
  private readonly inFlight = new InFlight({ requests_in_flight_max, requests_in_flight_per_range_max });
  private readonly leases: LeaseSet;

  constructor(private readonly options: RangeTransportOptions) {
    super();
    this.leases = new LeaseSet(options.nats, {
      group: 'command',
      names: [...ranges.keys()],
      member: randomUUID(),
      onAcquired: (name, wasGivenBack) => this.take(name, wasGivenBack),
      onGivingUp: (name) => this.release(name),
      onLost: (name) => void this.release(name),
    });
  }

  listen(callback: () => void): void {
    this.leases.start();
    void this.followConnection();
    callback();
  }

  /** Stops taking requests, answers those in flight, then gives the leases back: the next holder meets no straggler. */
  async close(): Promise<void> {
    await this.leases.stop();
  }

  /** Whether there is somebody behind every range, here or elsewhere: a request that no DTO accepts gets an answer. */
  async areAllRangesServed(): Promise<boolean> {
    const asked = [...ranges.values()].map(({ target, range }) =>
      this.options.nats.request(commandSubject(target, range), '', { timeout: probe_ms_max }),
    );
    return (await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled');
  }

  /** Whether this handler serves the chat's or account's range now. */
  serves(target: CommandTarget, aggregateId: string): boolean {
    return this.served.has(`${target}-${commandRangeOf(aggregateId)}`);
  }

  on(): never {
    throw new Error('a range transport emits no events');
  }

  unwrap<T>(): T {
    return this.options.nats as T;
  }

  private take(name: string, wasGivenBack: boolean): void {
    const { target, range } = ranges.get(name)!;
    this.options.onRangeTaken(target, range);
    const serve = (message: Msg) => this.serve(target, name, message);
    this.served.set(name, new ServedRange(this.options.nats, target, range, serve));
    if (!wasGivenBack) this.tellTaken(name);
  }

  /** Answers that were sent while the connection was away are lost. */
  private async followConnection(): Promise<void> {
    for await (const { type } of this.options.nats.status()) {
      if (type === 'reconnect') for (const name of this.served.keys()) this.tellTaken(name);
    }
  }

  /** Whoever has asked for it before asks again (libs/edge/ask.ts). */
  private tellTaken(name: string): void {
    const { target, range } = ranges.get(name)!;
    this.options.nats.publish(rangeTakenSubject(target, range));
  }

  private async release(name: string): Promise<void> {
    const range = this.served.get(name);
    this.served.delete(name);
    await range?.close();
  }

  private async serve(target: CommandTarget, rangeName: string, message: Msg): Promise<void> {
    const request = parsed(message);
    const begunMs = performance.now();
    if (!this.inFlight.enter(rangeName)) {
      counter('odnix.command.overloads', { target }).add();
      respond(message, refusedAll(request, refused('BUSY', { retry_after_ms: busy_retry_after_ms })));
      return;
    }
    inFlight.add();
    try {
      const reply = await this.handle(target, request, message);
      measureCommands(request, begunMs, reply);
      respond(message, reply);
    } catch (error) {
      const reply = refusedAll(request, { error: this.errorOf(error) });
      measureCommands(request, begunMs, reply);
      respond(message, reply);
    } finally {
      this.inFlight.leave(rangeName);
      inFlight.add(-1);
    }
  }

  private async handle(target: CommandTarget, request: unknown, message: Msg): Promise<CommandsReply> {
    const handler = this.getHandlerByPattern(`command.${target}`);
    if (!handler) throw new Error(`nobody handles command.${target}`);
    const context = new RequestContext([message.headers?.get('traceparent') || undefined]);
    return lastValueFrom(
      this.transformToObservable(await handler(request, context)),
    ) as Promise<CommandsReply>;
  }

  /** Nest's exceptions layer hands on what an RpcException carries; everything else it has logged itself. */
  private errorOf(error: unknown): ReturnType<typeof refused>['error'] {
    const { code } = (error ?? {}) as { code?: unknown };
    return typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
      ? (error as { code: ErrorCode; retryable: boolean })
      : refused('INTERNAL').error;
  }
}

/** What is not JSON is `undefined`, which no DTO accepts. */
function parsed(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

const respond = (message: Msg, reply: CommandsReply): void => void message.respond(JSON.stringify(reply));
