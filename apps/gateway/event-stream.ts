import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { notification } from '#protocol/notifications.js';
import { SessionSeen } from '#edge/seen.js';
import type { Identity } from '#streams/requests.js';
import { stream_linger_ms, type GatewayTimes } from './limits.js';
import { Outgoing } from './outgoing.js';
import type { SendBuffer, SendBuffers } from './send-buffers.js';
import type { OpenSession, SessionConnection } from './session-connection.js';
import { endReason, transports, type EndReason } from './session-metrics.js';

const comment = Buffer.from(':\n\n');
const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies as nginx would otherwise keep events until they have enough of them.
  'x-accel-buffering': 'no',
};

/** A response that goes on: server-sent events (WHATWG HTML, section 9.2). What it has to say at its end, it says by an event. */
export class EventStream implements SessionConnection, SendBuffer {
  readonly transport = 'sse';
  endedBy: EndReason = 'client';
  readonly acknowledges = false;
  readonly followsChannels = true;
  readonly seen = new SessionSeen();
  identity: Identity | null = null;
  session: OpenSession | null = null;
  private heartbeat: NodeJS.Timeout | undefined;
  private linger: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly times: GatewayTimes,
    private readonly buffers: SendBuffers,
    private readonly onEnd: () => void,
  ) {
    // A broken connection closes, which is where it is handled.
    response.on('error', () => undefined);
    response.once('close', () => this.gone());
  }

  /** The first line tells browsers when to come back; comments in between tell everybody that the stream is alive. */
  begin(headers: OutgoingHttpHeaders): void {
    const { heartbeat_ms, reconnect_after_ms } = this.times;
    this.response.writeHead(200, { ...headers, ...streamHeaders });
    this.write(Buffer.from(`retry: ${reconnect_after_ms}\n\n`));
    this.heartbeat = setInterval(() => {
      if (!this.isFull) this.write(comment);
    }, heartbeat_ms / 2);
  }

  get isOpen(): boolean {
    return !this.isOver && !this.response.destroyed;
  }

  get bufferedBytes(): number {
    return this.response.writableLength;
  }

  get isFull(): boolean {
    return this.buffers.isFull(this);
  }

  drained(): Promise<boolean> {
    return this.buffers.drained(this, this.times.too_slow_ms);
  }

  send(message: Outgoing): void {
    this.write(message.as('sse'));
  }

  close(close_code: number, reason: string): void {
    this.endedBy = endReason(close_code);
    this.end(notification('session.closed', { close_code, reason }));
  }

  /** Its client comes back by itself, and loses nothing: there are no requests to wait for. */
  drain(): void {
    const { reconnect_after_ms } = this.times;
    this.endedBy = 'draining';
    this.end(notification('session.draining', { reconnect_after_ms }));
  }

  private write(bytes: Buffer): void {
    if (!this.isOpen) return;
    this.response.write(bytes);
    this.buffers.sent(this, bytes.length);
    transports.sse.sent(bytes.length);
  }

  private end(last: Outgoing['message']): void {
    if (!this.isOpen) return;
    this.isOver = true;
    this.release();
    if (this.response.headersSent) this.response.end(new Outgoing(last).as('sse'));
    // Whoever does not read is not waited for.
    this.linger = setTimeout(() => this.response.destroy(), stream_linger_ms);
  }

  private gone(): void {
    clearTimeout(this.linger);
    if (!this.isOver) this.release();
    this.isOver = true;
    this.onEnd();
  }

  private release(): void {
    clearInterval(this.heartbeat);
    this.buffers.remove(this);
    this.session?.end();
  }
}
