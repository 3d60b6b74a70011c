import type { UpdateNotification } from '#domain/user-log/update.js';
import { closeCodes, type ErrorCode } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import type { Ask } from '#edge/ask.js';
import { Caller } from '#edge/caller.js';
import { poll_bytes_max } from './limits.js';
import type { Outgoing } from './outgoing.js';
import type { OpenSession, SessionConnection } from './session-connection.js';
import { endReason, transports, type EndReason } from './session-metrics.js';

const refusals: ReadonlyMap<number, ErrorCode> = new Map([
  [closeCodes.access_expired, 'UNAUTHENTICATED'],
  [closeCodes.unauthenticated, 'UNAUTHENTICATED'],
  [closeCodes.device_revoked, 'DEVICE_REVOKED'],
]);

/** A request that waits for updates: a session's connection that ends with the first of them. */
export class LongPoll extends Caller implements SessionConnection {
  override readonly transport = 'poll';
  endedBy: EndReason = 'client';
  readonly acknowledges = false;
  readonly followsChannels = false;
  session: OpenSession | null = null;
  isOpen = true;
  private readonly updates: UpdateNotification[] = [];
  private bytes = 0;
  private readonly over = Promise.withResolvers<void>();

  constructor(
    ask: Ask,
    private readonly updates_max: number,
  ) {
    super(ask);
    // Whether or not anybody waits yet.
    this.over.promise.catch(() => undefined);
  }

  /** One more than is answered, so that it is known whether there is more. */
  get isFull(): boolean {
    return this.updates.length > this.updates_max || this.bytes > poll_bytes_max;
  }

  /** Updates that come together are answered together. */
  send(outgoing: Outgoing): void {
    const { message } = outgoing;
    if (!this.isOpen || !('method' in message) || message.method !== 'update') return;
    if (this.updates.length === 0) setImmediate(() => this.end());
    this.updates.push(message.params as UpdateNotification);
    const { length } = outgoing.as('json');
    this.bytes += length;
    transports.poll.sent(length);
  }

  /** Never again: what does not fit is for the next poll. */
  drained(): Promise<boolean> {
    return Promise.resolve(this.isOpen && !this.isFull);
  }

  close(code: number): void {
    this.endedBy = endReason(code);
    if (this.updates.length === 0) this.over.reject(new Refusal(refusals.get(code) ?? 'UNAVAILABLE'));
    this.end();
  }

  drain(): void {
    this.endedBy = 'draining';
    this.end();
  }

  /** Answered with what there is, or its client has gone. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.session?.end();
    this.over.resolve();
  }

  /** What came first, if anything did in that time. Rejects with the Refusal that ends the session. */
  async wait(timeout_ms: number): Promise<{ updates: readonly UpdateNotification[]; more: boolean }> {
    const timer = setTimeout(() => this.end(), timeout_ms);
    await this.over.promise.finally(() => clearTimeout(timer));
    const { updates, updates_max } = this;
    return { updates: updates.slice(0, updates_max), more: this.isFull };
  }
}
