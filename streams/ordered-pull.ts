import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { ConsumerInfo } from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/nats-core';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { fromConsumer, isDelivery } from './stored-message.js';
import type { StoredMessage } from './stored-message.js';

const pull_expires_ms = 30_000;
const heartbeat_ms = 1_000;
/** Two heartbeats and a half: then the server, the consumer or the way to them is gone. */
const silence_ms = 2_500;
const inactive_ms = 60_000;
/** What stood behind a message is on its way; what of it was erased since never comes. */
const rest_ms_max = 100;
/** A stop does not wait longer for servers that are away. */
const goodbye_ms_max = 1_000;

export interface PullOptions {
  readonly stream: string;
  /** All of the stream's subjects unless given. */
  readonly filterSubjects?: readonly string[];
  /** What may have been asked for and not been taken, at any time: the bound of this side's memory. */
  readonly messagesMax: number;
  /**
   * Nothing arrives unless `next` is waiting: it asks for one message, and then at once for all that stand behind that one. Two requests
   * a batch, in place of a delivery by itself for every message. By default each is delivered as soon as it is there.
   */
  readonly isGathered?: boolean;
}

export interface PulledBatch {
  /** Ascending by sequence, never empty. Holes are messages that were erased or filtered out. */
  readonly messages: readonly StoredMessage[];
  /** How many more stood behind the last one when it was delivered; 0: the reader has caught up. */
  readonly pendingCount: number;
}

/** This consumer is of no more use: open another one behind the last message taken. */
export class PullInterrupted extends Error {
  override readonly name = 'PullInterrupted';
}

/**
 * One life of an ordered in-memory consumer. It sees every message from its start on, once and in order, or throws
 * `PullInterrupted`: on a gap in the delivery count, on silence, and on anything the server says against it. It asks for
 * more only as messages are taken. (nats.js has ordered consumers; by their source these queue one more pull request for every
 * heartbeat missed while the handler is busy, and after a server's restart may wait as long as a request lives.)
 */
export class OrderedPull {
  private arrived: StoredMessage[] = [];
  private pendingCount = 0;
  /** Asked for and not yet arrived. */
  private credits = 0;
  private delivered = 0;
  private heardAtMs = performance.now();
  private interruption: PullInterrupted | null = null;
  private isClosed = false;
  private wake: () => void = () => undefined;
  private readonly inbox: string;
  private readonly subscription: Subscription;

  private constructor(
    private readonly nc: NatsConnection,
    private readonly consumer: ConsumerInfo,
    private readonly options: PullOptions,
  ) {
    this.inbox = createInbox();
    this.subscription = nc.subscribe(this.inbox, { callback: (error, message) => this.hear(error, message) });
  }

  static async open(nc: NatsConnection, options: PullOptions, startSequence: number): Promise<OrderedPull> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const consumer = await jsm.consumers.add(options.stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startSequence,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(inactive_ms),
      ...(options.filterSubjects === undefined ? {} : { filter_subjects: [...options.filterSubjects] }),
    });
    return new OrderedPull(nc, consumer, options);
  }

  /** What has arrived, waiting for at least one; null after `close`. Calls must not overlap. */
  async next(): Promise<PulledBatch | null> {
    this.askForMore();
    await this.arrival();
    if (this.isClosed) return null;
    if (this.options.isGathered) await this.restOf();
    const messages = this.arrived;
    this.arrived = [];
    return { messages, pendingCount: this.pendingCount };
  }

  /** Throws when there is nothing and nothing will come. */
  private async arrival(): Promise<void> {
    while (this.arrived.length === 0 && !this.isClosed) {
      if (this.interruption !== null) throw this.interruption;
      await this.somethingHappens();
      this.askForMore();
    }
  }

  /** What stood behind the first one when that was delivered. What is interrupted here is told with the next batch. */
  private async restOf(): Promise<void> {
    if (this.arrived.length === 1 && this.credits === 0) {
      this.ask(Math.min(this.pendingCount, this.messagesMax - 1));
    }
    const untilMs = performance.now() + rest_ms_max;
    while (this.credits > 0 && this.pendingCount > 0 && this.interruption === null && !this.isClosed) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      await this.somethingHappens(leftMs);
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.subscription.unsubscribe();
    this.wake();
    // Best effort: an unused consumer goes by itself after `inactive_ms`.
    const { stream_name: stream, name } = this.consumer;
    const subject = `$JS.API.CONSUMER.DELETE.${stream}.${name}`;
    await this.nc.request(subject, '', { timeout: goodbye_ms_max }).catch(() => undefined);
  }

  private get messagesMax(): number {
    return this.options.messagesMax;
  }

  private askForMore(): void {
    if (this.options.isGathered) return this.askForFirst();
    const free = this.messagesMax - this.credits - this.arrived.length;
    if (free >= this.messagesMax / 2) this.ask(free);
  }

  /** A request that has run out is followed by another. */
  private askForFirst(): void {
    const isWaiting = this.credits === 0 && this.arrived.length === 0;
    if (isWaiting) this.ask(Math.min(Math.max(1, this.pendingCount), this.messagesMax));
  }

  private ask(batch: number): void {
    if (batch === 0 || this.isClosed || this.interruption !== null) return;
    if (this.credits === 0) this.heardAtMs = performance.now();
    this.credits += batch;
    const times = { expires: nanos(pull_expires_ms), idle_heartbeat: nanos(heartbeat_ms) };
    const { stream_name: stream, name } = this.consumer;
    const request = JSON.stringify({ batch, ...times });
    this.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, request, { reply: this.inbox });
  }

  private async somethingHappens(withinMs = silence_ms): Promise<void> {
    const leftMs = Math.min(withinMs, this.heardAtMs + silence_ms - performance.now());
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, Math.max(leftMs, 0));
    });
    clearTimeout(timer);
    if (performance.now() - this.heardAtMs >= silence_ms) this.interrupt('silence');
  }

  private hear(error: Error | null, message: Msg): void {
    this.heardAtMs = performance.now();
    if (error !== null) this.interrupt(error.message);
    else if (isDelivery(message)) this.takeIn(message);
    else this.heed(message.headers?.code ?? 0, message);
    this.wake();
  }

  private takeIn(raw: Msg): void {
    if (this.interruption !== null || this.isClosed) return;
    const { message, deliverySequence, pendingCount } = fromConsumer(raw);
    if (deliverySequence !== this.delivered + 1)
      return this.interrupt(`delivery ${this.delivered + 1} is missing`);
    this.delivered = deliverySequence;
    this.pendingCount = pendingCount;
    this.credits -= 1;
    this.arrived.push(message);
  }

  /** 100: heartbeat. 404 and 408: a request is over, with what is left of it. Else (409, 503): the consumer is gone. */
  private heed(code: number, { headers }: Msg): void {
    if (code === 100) return;
    if (code !== 404 && code !== 408) return this.interrupt(`${code} ${headers?.description ?? ''}`);
    this.credits -= Number(headers?.get('Nats-Pending-Messages') ?? 0);
  }

  private interrupt(reason: string): void {
    this.interruption ??= new PullInterrupted(`${this.consumer.stream_name}: ${reason}`);
  }
}
