/** What waits for one chat, or for one USER stream: all of it travels together, one batch at a time, each expecting what the last left. */
import type { NatsConnection } from '@nats-io/nats-core';
import { publishBatch } from '#streams/atomic-batch.js';
import type { OutgoingMessage } from '#streams/message-headers.js';
import { publishOne } from '#streams/publish-one.js';

export interface Waiting {
  readonly message: OutgoingMessage;
  readonly stored: () => void;
}

export class FloorQueue {
  private waiting: Waiting[] = [];
  private isSending = false;
  /** Of the stream; undefined: the subjects' own sequences are the guard. */
  private lastOfStream: number | undefined;
  private readonly lastOfSubjects = new Map<string, number>();

  constructor(
    private readonly nc: NatsConnection,
    private readonly failed: (error: unknown) => void,
    private readonly options: { readonly batch_max: number; readonly fencedAfter?: number },
  ) {
    this.lastOfStream = options.fencedAfter;
  }

  add(waiting: Waiting): void {
    this.waiting.push(waiting);
    if (!this.isSending) void this.send().catch(this.failed);
  }

  private async send(): Promise<void> {
    this.isSending = true;
    // What comes in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.options.batch_max);
      const first = await this.store(this.guarded(batch));
      for (const [index, { message, stored }] of batch.entries()) {
        this.lastOfSubjects.set(message.subject, first + index);
        stored();
      }
      if (this.lastOfStream !== undefined) this.lastOfStream = first + batch.length - 1;
    }
    this.isSending = false;
  }

  /** The first message of each subject says after which it is to stand, as the app's do. */
  private guarded(batch: readonly Waiting[]): OutgoingMessage[] {
    const met = new Set<string>();
    return batch.map(({ message }) => {
      if (met.has(message.subject)) return message;
      met.add(message.subject);
      return { ...message, expectedLastSubjectSequence: this.lastOfSubjects.get(message.subject) ?? 0 };
    });
  }

  /** The first one's sequence. */
  private async store(messages: readonly OutgoingMessage[]): Promise<number> {
    if (this.lastOfStream === undefined && messages.length === 1) {
      const one = await publishOne(this.nc, messages[0]!);
      if (!one.ok) throw new Error(`the floor was refused: ${one.reason}`);
      return one.sequence;
    }
    const fence = this.lastOfStream === undefined ? {} : { expectedLastSequence: this.lastOfStream };
    const result = await publishBatch(this.nc, messages, fence);
    if (!result.ok) throw new Error(`the floor was refused: ${result.reason}`);
    return result.firstSequence;
  }
}
