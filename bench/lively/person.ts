/** Somebody who sends, types, reads, looks back and loses the connection, at random times; what comes is checked to be without a hole. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { openSocket } from '../chatting/sockets.js';
import { answeredBy, broughtBy, errorOf, sendFrame } from '../chatting/frames.js';
import { day, untilNextMs } from './day.js';
import type { Life } from './life.js';
import type { LivelyOrder, LivelyPerson } from './orders.js';

const updateStart = '{"jsonrpc":"2.0","method":"update","params":{"pts":';
const caughtUpStart = '{"jsonrpc":"2.0","method":"updates.caughtUp"';
const look_back_messages = 30;
/** Ids of requests that are no sends: these have the numbers of their messages. */
const other_ids = 1_000_000_000;

type Pace = Pick<LivelyOrder, 'tempo' | 'churn'>;

export class Person {
  private socket: WebSocket | undefined;
  private syncToken: string | undefined;
  private lastUpdate: Buffer | undefined;
  private pts = 0;
  private sinceMs = 0;
  private dialledMs = 0;
  private acknowledging = false;

  constructor(
    private readonly who: LivelyPerson,
    private readonly pace: Pace,
    private readonly life: Life,
    private readonly random: () => number,
  ) {}

  async begin(): Promise<void> {
    await this.connect();
    const { tempo, churn } = this.pace;
    this.again(day.sends_per_min * tempo, () => this.send());
    this.again(day.typings_per_min * tempo, () => this.type());
    this.again(day.histories_per_min * tempo, () => this.lookBack());
    this.again(day.reconnects_per_min * tempo * churn, () => void this.loseConnection());
  }

  private async connect(): Promise<void> {
    this.dialledMs = performance.now();
    // With a token the log goes on where this person was, without one where it is.
    if (this.lastUpdate !== undefined) this.syncToken = syncTokenOf(this.lastUpdate);
    const hear = (frame: Buffer) => this.hear(frame);
    const { socket, syncToken } = await openSocket('odnix', { ...this.who, syncToken: this.syncToken, hear });
    this.syncToken ??= syncToken;
    this.socket = socket;
    this.sinceMs = performance.now();
    socket.once('close', (code) => {
      if (this.socket === socket) this.life.wasRefused(`closed with ${code}`);
    });
  }

  private async loseConnection(): Promise<void> {
    const { socket } = this;
    if (socket === undefined) return;
    this.socket = undefined;
    socket.terminate();
    this.life.did('reconnect');
    await pause(day.away_ms);
    await this.connect().catch((error: Error) => this.life.wasRefused(error.message));
  }

  private hear(frame: Buffer): void {
    const start = frame.toString('latin1', 0, updateStart.length + 12);
    if (start.startsWith(updateStart))
      return this.update(frame, Number.parseInt(start.slice(updateStart.length), 10));
    const answered = answeredBy(frame);
    if (answered >= 0) return this.answered(answered, errorOf(frame));
    if (start.startsWith(caughtUpStart)) this.life.cameBack(performance.now() - this.dialledMs);
  }

  private answered(id: number, error: string | null): void {
    if (error !== null) return this.life.wasRefused(error);
    if (id < other_ids) this.life.ticked(id);
  }

  private update(frame: Buffer, pts: number): void {
    if (this.pts !== 0 && pts !== this.pts + 1) this.life.metHole();
    this.pts = pts;
    this.lastUpdate = frame;
    this.life.did('update');
    this.acknowledgeSoon();
    const sentMs = this.life.sentAt(broughtBy(frame));
    // What was sent before this person was here, or by this person, tells nothing of live push.
    if (sentMs === undefined || sentMs < this.sinceMs || frame.includes(this.who.userId)) return;
    this.life.arrived(performance.now() - sentMs);
    if (this.random() < day.read_part) setTimeout(() => this.read(frame), day.read_after_ms);
  }

  private acknowledgeSoon(): void {
    if (this.acknowledging) return;
    this.acknowledging = true;
    setTimeout(() => {
      this.acknowledging = false;
      this.request('updates.ack', { pts: this.pts });
    }, day.acknowledge_after_ms);
  }

  private send(): void {
    if (this.socket === undefined) return;
    const { directChatId, groupChatId } = this.who;
    const chatId = this.random() < day.to_group_part ? groupChatId : directChatId;
    this.life.did('send');
    this.socket.send(sendFrame(chatId, this.life.sends()));
  }

  private type(): void {
    this.request('typing.set', { chat_id: this.who.directChatId, action: 'typing' });
  }

  private lookBack(): void {
    this.request('messages.history', { chat_id: this.who.groupChatId, limit: look_back_messages });
  }

  private read(frame: Buffer): void {
    const { params } = JSON.parse(frame.toString()) as {
      params: { update: { chat_id: string; seq: number } };
    };
    const { chat_id, seq } = params.update;
    this.request('messages.read', { chat_id, seq });
  }

  private request(method: string, params: object): void {
    if (this.socket === undefined) return;
    this.life.did(method);
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id: other_ids, method, params }));
  }

  private again(per_min: number, act: () => void): void {
    if (per_min === 0) return;
    setTimeout(
      () => {
        act();
        this.again(per_min, act);
      },
      untilNextMs(per_min, this.random),
    );
  }
}

const syncTokenOf = (update: Buffer): string =>
  (JSON.parse(update.toString()) as { params: { sync_token: string } }).params.sync_token;
