/** A device with its token, and the socket that it has at the moment; notes whatever is not as the protocol promises. */
import { sendLimits } from '../../apps/gateway/limits.js';
import type { SendBuffers } from '../../apps/gateway/send-buffers.js';
import type { Outgoing } from '../../apps/gateway/outgoing.js';
import type { Connection } from '../../apps/gateway/connection.js';
import type { Random } from '../support/random.js';
import { SessionSeen } from '#edge/seen.js';
import { Refusal } from '#protocol/refusal.js';
import { StoreUnavailable } from '#streams/event-store.js';

/** So that a socket is full after a few. */
const frame_bytes = sendLimits.client_bytes_max / 8;
/** What a client may have waiting, and the one on top of it that shows. */
const buffered_frames_max = 8 + 1;
export const too_slow_ms = 2_000;
const retry_ms = 200;

type Open = (connection: never, params: never) => Promise<object>;

export class SimulatedDevice {
  local = 0;
  readonly wrong: string[] = [];
  private socket: Socket | null = null;

  constructor(
    private readonly open: Open,
    private readonly buffers: SendBuffers,
    private readonly random: Random,
  ) {}

  get isConnected(): boolean {
    return this.socket !== null;
  }

  /** As often as it takes, until it is told to disconnect. */
  async connect(): Promise<void> {
    const socket = new Socket(this, this.buffers, this.random);
    this.socket = socket;
    const params = { access_token: 't', sync_token: String(this.local), client: { name: 's', version: '1' } };
    try {
      const { pts } = (await this.open(socket as never, params as never)) as { pts: number };
      socket.headAtOpen = pts;
      socket.session?.start();
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof Refusal)) throw error;
      socket.close();
    }
  }

  disconnect(): void {
    this.socket?.end();
    this.socket = null;
  }

  stall(isStalled: boolean): void {
    if (this.socket) this.socket.isStalled = isStalled;
  }

  /** By the other side: it comes back by itself. */
  closed(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    setTimeout(() => void (this.socket ?? this.connect()), retry_ms);
  }

  /** Updates come one behind the other, over all connections; `caughtUp` once a session, where it says. */
  receive(frame: string, socket: Socket): void {
    const { method, params } = JSON.parse(frame) as { method: string; params: { pts: number } };
    if (method === 'update') {
      if (params.pts !== this.local + 1) this.wrong.push(`${params.pts} after ${this.local}`);
      this.local = params.pts;
    } else {
      if (params.pts !== this.local) this.wrong.push(`caught up at ${params.pts}, has ${this.local}`);
      if (params.pts < socket.headAtOpen)
        this.wrong.push(`caught up at ${params.pts} of ${socket.headAtOpen}`);
      if (++socket.caughtUp > 1) this.wrong.push('caught up twice');
    }
  }

  /** Of a session that had the time. */
  get isCaughtUp(): boolean {
    return this.socket?.caughtUp === 1;
  }
}

/** What the gateway sees as a connection. Frames that were not taken yet go down with it. */
class Socket implements Pick<
  Connection,
  'identity' | 'isDraining' | 'isOpening' | 'isOpen' | 'seen' | 'session' | 'transport' | 'endedBy'
> {
  identity = null;
  session: Connection['session'] = null;
  readonly isDraining = false;
  readonly transport = 'websocket';
  readonly endedBy = 'client';
  readonly isOpening = false;
  readonly seen = new SessionSeen();
  isOpen = true;
  isStalled = false;
  headAtOpen = Infinity;
  caughtUp = 0;
  private frames: string[] = [];
  private readonly draining: NodeJS.Timeout;

  constructor(
    private readonly device: SimulatedDevice,
    private readonly buffers: SendBuffers,
    random: Random,
  ) {
    this.draining = setInterval(() => this.drain(random.integer(6)), 10);
  }

  get bufferedBytes(): number {
    return this.frames.length * frame_bytes;
  }

  openOnce(open: () => Promise<void>): Promise<void> {
    return open();
  }

  get isFull(): boolean {
    return this.buffers.isFull(this);
  }

  drained(): Promise<boolean> {
    return this.buffers.drained(this, too_slow_ms);
  }

  send(message: Outgoing): void {
    this.frames.push(message.as('json').toString());
    this.buffers.sent(this, frame_bytes);
    if (this.frames.length > buffered_frames_max) this.device.wrong.push(`${this.frames.length} frames wait`);
  }

  close(): void {
    if (!this.isOpen) return;
    this.end();
    this.device.closed(this);
  }

  end(): void {
    clearInterval(this.draining);
    this.isOpen = false;
    this.buffers.remove(this);
    this.session?.end();
  }

  private drain(count: number): void {
    if (this.isStalled) return;
    for (const frame of this.frames.splice(0, count)) this.device.receive(frame, this);
  }
}
