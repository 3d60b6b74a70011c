import { v7 as uuidV7 } from 'uuid';
import { ConnectionLost, WireRefusal, type Acknowledged, type Person } from './person.js';
import type { Random } from './random.js';

/** Sends one after another until its server is gone; what was not answered is sent again, with its key, next time. */
export class Sender {
  readonly acknowledged: Acknowledged[] = [];
  private unanswered: { chat_id: string; key: string; text: string } | undefined;
  private count = 0;

  constructor(
    readonly person: Person,
    private readonly chats: readonly string[],
    private readonly random: Random,
  ) {}

  /** Ends when the connection is lost, or once `enough` is true after an answer. */
  async run(enough: () => boolean): Promise<void> {
    while (!enough()) {
      const text = `${this.person.identity.device_id} ${++this.count}`;
      this.unanswered ??= { chat_id: this.random.pick(this.chats), key: uuidV7(), text };
      try {
        const { chat_id, key } = this.unanswered;
        this.acknowledged.push(await this.person.send(chat_id, this.unanswered.text, key));
        this.unanswered = undefined;
      } catch (error) {
        if (error instanceof ConnectionLost) return;
        const data = error instanceof WireRefusal ? error.error.data : undefined;
        if (!data?.retryable) throw error;
        await new Promise((resolve) => setTimeout(resolve, data.retry_after_ms ?? 50));
      }
    }
  }
}
