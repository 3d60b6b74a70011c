import type { Writable } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { closeCodes } from '#protocol/errors.js';
import { notification } from '#protocol/notifications.js';
import { Caller } from '#edge/caller.js';
import type { Ask } from '#edge/ask.js';
import type { Dispatch } from '#edge/dispatch.js';
import type { Leaving } from './draining.js';
import type { GatewayTimes } from './limits.js';
import { Outgoing, type Message } from './outgoing.js';
import type { SendBuffer, SendBuffers } from './send-buffers.js';
import type { OpenSession, SessionConnection } from './session-connection.js';
import {
  endReason,
  frameReceived,
  readsPaused,
  sockets,
  transports,
  type EndReason,
} from './session-metrics.js';
import { subprotocolOf, type Subprotocol } from './subprotocols.js';

/** Written together; less than what makes a client seem full. */
const gathered_bytes_max = 32 * 1024;

/** Is told when a session is open, and of the end. */
export interface ConnectionKeeper {
  opened(connection: Connection): void;
  ended(connection: Connection): void;
}

/**
 * One socket: frames in, answers out, silence and slowness noticed. Nothing that a client sends ends it, but a frame over
 * the limit; nothing that goes wrong here is thrown at anybody else.
 */
export class Connection extends Caller implements SessionConnection, SendBuffer {
  override readonly transport = 'websocket';
  endedBy: EndReason = 'client';
  readonly acknowledges = true;
  readonly followsChannels = true;
  session: OpenSession | null = null;
  /** While `session.open` is under way; what was sent behind it waits for its end. */
  private opening: Promise<void> | null = null;
  private heardAtMs = Date.now();
  private openTimer: NodeJS.Timeout | undefined;
  private isRelieved = true;
  private gatheredBytes = 0;
  private readonly subprotocol: Subprotocol;
  /** No session is opened any more. */
  isDraining = false;

  constructor(
    private readonly socket: WebSocket,
    ask: Ask,
    private readonly dispatch: Dispatch<Connection>,
    private readonly times: GatewayTimes,
    private readonly buffers: SendBuffers,
    /** What the socket writes to. */
    private readonly wire: Pick<Writable, 'cork' | 'uncork'>,
    private readonly keeper: ConnectionKeeper,
  ) {
    super(ask);
    sockets.add();
    this.subprotocol = subprotocolOf(socket.protocol);
    this.openTimer = setTimeout(
      () => this.close(closeCodes.session_open_missed, 'session.open is missing'),
      times.session_open_ms,
    );
    socket.on('message', (data, isBinary) => void this.receive(data, isBinary));
    socket.on('ping', (data) => this.pinged(data));
    socket.on('pong', () => this.heard());
    // What a client does wrong on the frame level; the socket closes itself with the fitting code.
    socket.on('error', () => undefined);
    socket.once('close', () => this.ended());
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  get isFull(): boolean {
    return this.buffers.isFull(this);
  }

  drained(): Promise<boolean> {
    return this.buffers.drained(this, this.times.too_slow_ms);
  }

  send(message: Outgoing): void {
    if (!this.isOpen) return;
    const { encoding, isBinary } = this.subprotocol;
    const frame = message.as(encoding);
    this.gather(frame.length);
    this.socket.send(frame, { binary: isBinary });
    this.buffers.sent(this, frame.length);
    transports.websocket.sent(frame.length);
  }

  private say(message: Message): void {
    this.send(new Outgoing(message));
  }

  /** What is sent in one go, such as a slice of a log, is a few writes to the network instead of one a frame. */
  private gather(bytes: number): void {
    if (this.gatheredBytes === 0) {
      this.wire.cork();
      process.nextTick(() => this.writeGathered());
    } else if (this.gatheredBytes > gathered_bytes_max) {
      this.wire.uncork();
      this.wire.cork();
      this.gatheredBytes = 0;
    }
    this.gatheredBytes += bytes;
  }

  private writeGathered(): void {
    this.gatheredBytes = 0;
    this.wire.uncork();
  }

  close(code: number, reason: string): void {
    if (this.endedBy === 'client') this.endedBy = endReason(code);
    this.socket.close(code, reason);
  }

  /** Resolves once the client has gone or was sent away. */
  async drain({ reconnect_after_ms, close_after_ms }: Leaving): Promise<void> {
    this.isDraining = true;
    const gone = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.say(notification('session.draining', { reconnect_after_ms }));
    const timer = setTimeout(() => this.close(closeCodes.draining, 'draining'), close_after_ms);
    const last = setTimeout(() => this.socket.terminate(), close_after_ms + this.times.drain_ms / 2);
    await gone;
    clearTimeout(timer);
    clearTimeout(last);
  }

  /** Holds back later frames until the session is open; the first caller wins. */
  async openOnce(open: () => Promise<void>): Promise<void> {
    this.opening = open().finally(() => (this.opening = null));
    this.socket.pause();
    try {
      await this.opening;
      clearTimeout(this.openTimer);
      this.openTimer = undefined;
      this.keeper.opened(this);
    } finally {
      this.socket.resume();
    }
  }

  get isOpening(): boolean {
    return this.opening !== null;
  }

  private async receive(data: RawData, isBinary: boolean): Promise<void> {
    this.heard();
    frameReceived((data as Buffer).length);
    const frame = this.subprotocol.read(data as Buffer, isBinary);
    if (this.opening) await this.opening.catch(() => undefined);
    const answer = await this.dispatch.answer(this, frame);
    if (answer !== null) this.say(answer);
    this.session?.start();
    await this.relieveWhenFull();
  }

  /** The socket has answered already. */
  private pinged(data: Buffer): void {
    this.heard();
    this.buffers.sent(this, data.length);
    void this.relieveWhenFull();
  }

  /** Whoever does not read their answers is not read from either. */
  private async relieveWhenFull(): Promise<void> {
    if (!this.isFull || !this.isRelieved) return;
    this.isRelieved = false;
    readsPaused.add();
    this.socket.pause();
    if (!(await this.drained())) return this.close(closeCodes.too_slow, 'too slow');
    this.heard();
    this.socket.resume();
    this.isRelieved = true;
  }

  private heard(): void {
    this.heardAtMs = Date.now();
  }

  /** Called by its keeper, now and then. */
  lookForSilence(): void {
    if (!this.isRelieved || Date.now() - this.heardAtMs <= this.times.heartbeat_ms * 2) return;
    this.close(closeCodes.heartbeat_missed, 'heartbeat missed');
    // A peer that is gone answers no close frame either.
    setTimeout(() => this.socket.terminate(), this.times.heartbeat_ms / 4);
  }

  private ended(): void {
    sockets.add(-1);
    clearTimeout(this.openTimer);
    this.buffers.remove(this);
    this.session?.end();
    this.keeper.ended(this);
  }
}
