/**
 * What was handed to clients and not taken by the network yet: how much of it one client may have, and all together.
 *
 * A client's share shrinks with what is left for all, so that those who do not read give way first and those who do find room
 * (dynamic thresholds: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998). Bounded:
 * all together hold `process_bytes_max`, or `client_bytes_min` a client where that is more, and a frame or slice on top of it for
 * each that was still given one.
 *
 * One look every `look_ms` at all who were sent something finds who has drained and who never will; no client costs a timer of
 * its own, and who is sent nothing costs nothing.
 */
import { gauge } from '#observability/metrics.js';
import type { SendLimits } from './limits.js';

const buffered = gauge('odnix.gateway.buffered.bytes', {});
const share = gauge('odnix.gateway.buffer.share.bytes', {});

export interface SendBuffer {
  /** Waiting in this process; what the kernel took is not counted. */
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
}

interface Waiting {
  readonly giveUpAtMs: number;
  resolve(isDrained: boolean): void;
}

export class SendBuffers {
  /** Who may have something waiting. */
  private readonly sending = new Set<SendBuffer>();
  private readonly waiting = new Map<SendBuffer, Waiting[]>();
  private readonly looking: NodeJS.Timeout;
  /** Of all, at the last look, and what was sent since as if nobody had taken anything. */
  private bytes = 0;

  constructor(private readonly limits: SendLimits) {
    this.looking = setInterval(() => this.look(), limits.look_ms);
  }

  remove(buffer: SendBuffer): void {
    this.sending.delete(buffer);
    this.settle(buffer, false);
  }

  sent(buffer: SendBuffer, bytes: number): void {
    this.sending.add(buffer);
    this.bytes += bytes;
  }

  /** How much one client may have waiting at present. */
  get shareBytes(): number {
    const { client_bytes_max, client_bytes_min, process_bytes_max } = this.limits;
    const left = process_bytes_max - this.bytes;
    return Math.max(client_bytes_min, Math.min(client_bytes_max, left));
  }

  isFull({ bufferedBytes }: SendBuffer): boolean {
    return bufferedBytes > this.shareBytes;
  }

  /** True once little of its share is used; false when it has closed, or has not drained in time. */
  async drained(buffer: SendBuffer, timeout_ms: number): Promise<boolean> {
    if (!buffer.isOpen) return false;
    if (this.hasRoom(buffer)) return true;
    return new Promise((resolve) => {
      const waiting = { giveUpAtMs: Date.now() + timeout_ms, resolve };
      this.waiting.set(buffer, [...(this.waiting.get(buffer) ?? []), waiting]);
    });
  }

  close(): void {
    clearInterval(this.looking);
    for (const buffer of this.waiting.keys()) this.settle(buffer, false);
  }

  private hasRoom({ bufferedBytes }: SendBuffer): boolean {
    return bufferedBytes <= this.shareBytes / 4;
  }

  private look(): void {
    let bytes = 0;
    for (const buffer of this.sending) {
      const { bufferedBytes } = buffer;
      if (bufferedBytes === 0) this.sending.delete(buffer);
      bytes += bufferedBytes;
    }
    this.bytes = bytes;
    buffered.set(bytes);
    share.set(this.shareBytes);
    const nowMs = Date.now();
    for (const [buffer, all] of this.waiting) {
      if (!buffer.isOpen) this.settle(buffer, false);
      else if (this.hasRoom(buffer)) this.settle(buffer, true);
      else if (all.some(({ giveUpAtMs }) => giveUpAtMs <= nowMs)) this.settle(buffer, false);
    }
  }

  private settle(buffer: SendBuffer, isDrained: boolean): void {
    const all = this.waiting.get(buffer) ?? [];
    this.waiting.delete(buffer);
    for (const { resolve } of all) resolve(isDrained);
  }
}
