/**
 * The least that storing messages can cost: as many appends to streams like the app's, of the same size, with the same guards, gathered
 * into batches as the app gathers them (what waits for one chat, or for one USER stream, travels together; one batch of each is on
 * its way). Nothing is decided, rendered, read or pushed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import { batch_messages_max } from '#streams/atomic-batch.js';
import { append_decisions_max } from '#streams/event-store.js';
import { streamOf } from '#streams/subjects.js';
import { Durations } from '../support/percentiles.js';
import { FloorQueue } from './floor-queue.js';
import { floorChatSubject, floorUserSubject } from './floor-streams.js';

export interface FloorOrder {
  readonly natsUrl: string;
  readonly streams: number;
  readonly rooms: readonly FloorRoom[];
  /** Of one stored message, its headers counted. */
  readonly decision_bytes: number;
  readonly entry_bytes: number;
}

export interface FloorRoom {
  readonly chatId: string;
  readonly userIds: readonly string[];
  /** Messages on their way at any time. */
  readonly outstanding: number;
}

export interface Appended {
  /** Whole, entries and all, while it lasted. */
  readonly in_time: number;
  readonly seconds: number;
  readonly messages: number;
  /** From a message's beginning until its last entry was stored; encoded. */
  readonly last: string;
}

export class Floor {
  private readonly decision: Uint8Array;
  private readonly entry: Uint8Array;
  private readonly chats: readonly FloorQueue[];
  private readonly writers = new Map<string, FloorQueue>();
  private failure: unknown;
  private isRunning = false;
  private last = new Durations();
  private onTheWay = 0;

  constructor(
    nc: NatsConnection,
    private readonly order: FloorOrder,
  ) {
    const failed = (error: unknown) => (this.failure ??= error);
    this.decision = new Uint8Array(order.decision_bytes).fill(0x78);
    this.entry = new Uint8Array(order.entry_bytes).fill(0x78);
    const ofChat = { batch_max: append_decisions_max };
    const ofStream = { batch_max: batch_messages_max, fencedAfter: 0 };
    this.chats = order.rooms.map(() => new FloorQueue(nc, failed, ofChat));
    const streams = new Set(order.rooms.flatMap(({ userIds }) => userIds.map((id) => this.streamOf(id))));
    for (const stream of streams) this.writers.set(stream, new FloorQueue(nc, failed, ofStream));
  }

  async run(seconds: number): Promise<Appended> {
    this.last = new Durations();
    this.isRunning = true;
    const start = performance.now();
    for (const [index, { outstanding }] of this.order.rooms.entries())
      for (let turn = 0; turn < outstanding; turn++) this.begin(index);
    await pause(seconds * 1_000);
    this.isRunning = false;
    const in_time = this.last.count;
    const lastedS = (performance.now() - start) / 1_000;
    while (this.onTheWay > 0 && this.failure === undefined) await pause(1);
    if (this.failure !== undefined) throw this.failure;
    return { in_time, seconds: lastedS, messages: this.last.count, last: this.last.encoded() };
  }

  private begin(room: number): void {
    const { chatId, userIds } = this.order.rooms[room]!;
    const startedMs = performance.now();
    let missing = userIds.length;
    this.onTheWay += 1;
    const stored = (): void => {
      missing -= 1;
      if (missing > 0) return;
      this.onTheWay -= 1;
      this.last.add(performance.now() - startedMs);
      if (this.isRunning) this.begin(room);
    };
    const message = { subject: floorChatSubject(chatId), data: this.decision, msgId: uuidV7() };
    this.chats[room]!.add({ message, stored: () => this.enter(userIds, stored) });
  }

  private enter(userIds: readonly string[], stored: () => void): void {
    for (const userId of userIds) {
      const message = { subject: floorUserSubject(userId), data: this.entry };
      this.writers.get(this.streamOf(userId))!.add({ message, stored });
    }
  }

  private streamOf(userId: string): string {
    return streamOf('USER', userId, this.order.streams);
  }
}
