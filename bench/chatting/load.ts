/** People who chat as fast as they are asked to, over sockets of this process, and time every message to its last recipient. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { Durations } from '../support/percentiles.js';
import { answeredBy, broughtBy, errorOf, relayFrame, sendFrame } from './frames.js';
import type { ClosedLoop, Crowd, FixedRate, Phase, Room, Sent } from './orders.js';

const drain_ms_max = 30_000;
const look_ms = 20;
/** After a refusal a sender waits, or it would do nothing else. */
const refused_pause_ms = 50;

interface OnTheWay {
  readonly startedMs: number;
  readonly sender: number;
  readonly room: number;
  isAnswered: boolean;
  missing: number;
}

export class Load {
  private readonly onTheWay = new Map<number, OnTheWay>();
  private number = 0;
  private inTime = 0;
  private isRunning = false;
  /** What a sender does when one of its messages is everywhere. */
  private next: (room: number, sender: number) => void = () => undefined;
  private sent = nothing();

  constructor(
    private readonly crowd: Crowd,
    private readonly sockets: readonly WebSocket[],
  ) {
    for (const [index, socket] of sockets.entries()) {
      socket.on('message', (data) => this.hear(index, data as Buffer));
      socket.on('close', (code) => this.refuse(`closed with ${code}`));
    }
  }

  async run(phase: Phase): Promise<Sent> {
    this.sent = nothing();
    this.inTime = 0;
    this.isRunning = true;
    const start = performance.now();
    await (phase.kind === 'closed' ? this.closedLoop(phase) : this.atRate(phase));
    const seconds = (performance.now() - start) / 1_000;
    this.isRunning = false;
    const in_time = this.inTime;
    for (let waitedMs = 0; this.onTheWay.size > 0 && waitedMs < drain_ms_max; waitedMs += look_ms)
      await pause(look_ms);
    const lost = this.onTheWay.size;
    this.onTheWay.clear();
    const { tick, screen, last, refused, messages, deliveries } = this.sent;
    const encoded = { tick: tick.encoded(), screen: screen.encoded(), last: last.encoded() };
    return { in_time, seconds, messages, deliveries, lost, refused: Object.fromEntries(refused), ...encoded };
  }

  private async closedLoop({ seconds, outstanding }: ClosedLoop): Promise<void> {
    this.next = (room, sender) => this.send(room, sender, performance.now());
    for (let turn = 0; turn < outstanding; turn++)
      for (const [room, { senders }] of this.crowd.rooms.entries())
        for (const sender of senders) this.next(room, sender);
    await pause(seconds * 1_000);
    this.next = () => undefined;
  }

  private async atRate({ seconds, per_s }: FixedRate): Promise<void> {
    const { rooms } = this.crowd;
    const start = performance.now();
    const turns = new Map<Room, number>();
    for (let count = 0; count < seconds * per_s; count++) {
      const dueMs = start + (count * 1_000) / per_s;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      const index = count % rooms.length;
      const room = rooms[index]!;
      const turn = turns.get(room) ?? 0;
      turns.set(room, turn + 1);
      this.send(index, room.senders[turn % room.senders.length]!, dueMs);
    }
  }

  private send(roomIndex: number, sender: number, startedMs: number): void {
    const room = this.crowd.rooms[roomIndex]!;
    const number = ++this.number;
    const missing = room.members.length - 1;
    this.onTheWay.set(number, { startedMs, sender, room: roomIndex, isAnswered: false, missing });
    const frame =
      this.crowd.to === 'relay' ? relayFrame(roomIndex, room.chatId, number) : sendFrame(room.chatId, number);
    this.sockets[sender]!.send(frame);
  }

  private hear(socket: number, frame: Buffer): void {
    const number = broughtBy(frame);
    if (number < 0) return this.answered(answeredBy(frame), frame);
    const message = this.onTheWay.get(number);
    // A sender is told of its own as well: that is no delivery.
    if (message === undefined || message.sender === socket) return;
    const tookMs = performance.now() - message.startedMs;
    this.sent.screen.add(tookMs);
    this.sent.deliveries += 1;
    message.missing -= 1;
    if (message.missing === 0) this.sent.last.add(tookMs);
    this.isEverywhere(number, message);
  }

  private answered(number: number, frame: Buffer): void {
    const message = this.onTheWay.get(number);
    if (message === undefined) return;
    const code = errorOf(frame);
    if (code === null) {
      this.sent.tick.add(performance.now() - message.startedMs);
      message.isAnswered = true;
      return this.isEverywhere(number, message);
    }
    this.refuse(code);
    this.onTheWay.delete(number);
    setTimeout(() => this.next(message.room, message.sender), refused_pause_ms);
  }

  private isEverywhere(number: number, { isAnswered, missing, room, sender }: OnTheWay): void {
    if (!isAnswered || missing > 0) return;
    this.onTheWay.delete(number);
    this.sent.messages += 1;
    if (this.isRunning) this.inTime += 1;
    this.next(room, sender);
  }

  private refuse(code: string): void {
    const { refused } = this.sent;
    refused.set(code, (refused.get(code) ?? 0) + 1);
  }
}

const nothing = () => ({
  messages: 0,
  deliveries: 0,
  refused: new Map<string, number>(),
  tick: new Durations(),
  screen: new Durations(),
  last: new Durations(),
});
