import type { OdnixError } from './odnix-error.js';
import type { OutboxItem } from './outbox-item.js';

export interface SentMessage {
  readonly chat_id: string;
  readonly client_msg_id: string;
  readonly seq: number;
}

/** `sent` settles with the server's answer, maybe much later; it need not be listened to. */
export interface QueuedMessage {
  readonly client_msg_id: string;
  readonly sent: Promise<SentMessage>;
}

/** `done` settles with the server's answer, maybe much later; it need not be listened to. */
export interface QueuedChange {
  readonly done: Promise<void>;
}

type Waiter = PromiseWithResolvers<OutboxItem>;

/** Who wants to know what became of an item, in this run. */
export class OutboxWaiters {
  readonly #waiters = new Map<string, Waiter>();

  add(id: string): Promise<OutboxItem> {
    const waiter = this.#waiters.get(id) ?? Promise.withResolvers<OutboxItem>();
    // Nobody need listen.
    waiter.promise.catch(() => undefined);
    this.#waiters.set(id, waiter);
    return waiter.promise;
  }

  sent(id: string): Promise<SentMessage> {
    const sent = this.add(id).then((item) => ({
      chat_id: item.chat_id,
      client_msg_id: item.id,
      seq: item.kind === 'send' ? (item.seq ?? 0) : 0,
    }));
    sent.catch(() => undefined);
    return sent;
  }

  resolve(item: OutboxItem): void {
    this.#take(item.id)?.resolve(item);
  }

  reject(id: string, error: OdnixError): void {
    this.#take(id)?.reject(error);
  }

  /** The item goes on under another id. */
  rename(from: string, to: string): void {
    const waiter = this.#take(from);
    if (waiter) this.#waiters.set(to, waiter);
  }

  #take(id: string): Waiter | undefined {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    return waiter;
  }
}
