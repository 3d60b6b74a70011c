import type { UserContent } from '#domain/chat/events.js';
import type { MessagesSendParams, MessagesSendResult } from '#protocol/methods/messages.js';
import { backOffMs } from './back-off.js';
import type { CancelTimer, Environment } from './environment.js';
import type { LocalStore, StoredValue } from './local-store.js';
import { asOdnixError, OdnixError } from './odnix-error.js';
import { paramsOf, type OutgoingMessage, type QueuedMessage, type SentMessage } from './outgoing-message.js';
import type { ServerClock } from './server-clock.js';

/** Messages waiting to be sent, over all chats. */
export const outbox_items_max = 1_000;

export interface OutboxOptions {
  readonly environment: Environment;
  readonly clock: ServerClock;
  readonly store: LocalStore;
  readonly send: (params: MessagesSendParams) => Promise<MessagesSendResult>;
  readonly onChanged: (chatId: string) => void;
  /** Refused for good: it is out of the outbox and nowhere else. */
  readonly onRefused: (message: OutgoingMessage, error: OdnixError) => void;
  readonly onError: (error: unknown) => void;
}

/** One chat's messages, in order; the first of them may be under way. */
interface Lane {
  items: OutgoingMessage[];
  isBusy: boolean;
  attempt: number;
  cancelRetry: CancelTimer | null;
}

interface Waiting {
  readonly resolve: (sent: SentMessage) => void;
  readonly reject: (error: OdnixError) => void;
}

const key_prefix = 'outbox/';

/**
 * Messages from the moment they are written until the server has answered: stored first, sent in the order of their
 * chat, sent again under the same id after every lost connection, restart and retryable error.
 */
export class Outbox {
  readonly #lanes = new Map<string, Lane>();
  readonly #waiting = new Map<string, Waiting>();
  /** Ids under which nothing was sent yet, in this run or an earlier one. */
  readonly #neverSent = new Set<string>();
  #lastOrder = 0;
  #size = 0;
  #isOnline = false;

  constructor(private readonly options: OutboxOptions) {}

  /** What an earlier run left behind, from `LocalStore.load`. */
  restore(records: ReadonlyMap<string, StoredValue>): void {
    const items = [...records].flatMap(([key, value]) =>
      key.startsWith(key_prefix) ? [value as OutgoingMessage] : [],
    );
    for (const item of items.sort((one, other) => one.order - other.order)) {
      this.#lastOrder = item.order;
      this.#size++;
      if (!item.attempted) this.#neverSent.add(item.client_msg_id);
      this.#lane(item.chat_id).items.push(item);
    }
  }

  get size(): number {
    return this.#size;
  }

  pending(chatId: string): readonly OutgoingMessage[] {
    return this.#lanes.get(chatId)?.items ?? [];
  }

  /** Resolves once the message is stored here. */
  async add(chatId: string, content: UserContent, replyToSeq?: number): Promise<QueuedMessage> {
    if (this.#size >= outbox_items_max) throw outboxFull();
    this.#size++;
    const item = this.#newItem(chatId, content, replyToSeq);
    try {
      // Commits are stored in the order of the calls, so this order is the lane's too.
      await this.#store(item);
    } catch (error) {
      this.#size--;
      throw error;
    }
    this.#neverSent.add(item.client_msg_id);
    const lane = this.#lane(chatId);
    lane.items.push(item);
    const sent = new Promise<SentMessage>((resolve, reject) =>
      this.#waiting.set(item.client_msg_id, { resolve, reject }),
    );
    sent.catch(() => undefined);
    this.options.onChanged(chatId);
    this.#pump(lane);
    return { client_msg_id: item.client_msg_id, sent };
  }

  online(): void {
    this.#isOnline = true;
    for (const lane of this.#lanes.values()) {
      lane.attempt = 0;
      this.#pump(lane);
    }
  }

  offline(): void {
    this.#isOnline = false;
    for (const lane of this.#lanes.values()) this.#cancelRetry(lane);
  }

  /** The message stands in the user's own log, which is as good as an answer. */
  async confirmed(sent: SentMessage): Promise<void> {
    const item = this.pending(sent.chat_id).find(({ client_msg_id }) => client_msg_id === sent.client_msg_id);
    if (!item) return;
    await this.#remove(item);
    this.#settle(item)?.resolve(sent);
  }

  #pump(lane: Lane): void {
    const next = lane.items[0];
    if (!this.#isOnline || lane.isBusy || lane.cancelRetry || !next) return;
    lane.isBusy = true;
    void this.#sendFirst(lane, next);
  }

  async #sendFirst(lane: Lane, item: OutgoingMessage): Promise<void> {
    let isFirstTry = false;
    try {
      if (!item.attempted && this.#neverSent.has(item.client_msg_id))
        await this.#store({ ...item, attempted: true });
      isFirstTry = this.#neverSent.delete(item.client_msg_id);
      const { seq } = await this.options.send(paramsOf(item));
      lane.attempt = 0;
      await this.confirmed({ chat_id: item.chat_id, client_msg_id: item.client_msg_id, seq });
    } catch (error) {
      await this.#failed(lane, item, asOdnixError(error), isFirstTry);
    }
    lane.isBusy = false;
    if (lane.items.length === 0) this.#lanes.delete(item.chat_id);
    this.#pump(lane);
  }

  async #failed(lane: Lane, item: OutgoingMessage, error: OdnixError, isFirstTry: boolean): Promise<void> {
    // Confirmed by the log while its answer was lost.
    if (!lane.items.includes(item)) return;
    if (error.code === 'CLOCK_AHEAD' && isFirstTry)
      return this.#renumber(lane, item, error).catch(() => this.#retryLater(lane, error));
    if (error.retryable || error.code === 'CLOCK_AHEAD') return this.#retryLater(lane, error);
    await this.#remove(item);
    this.#settle(item)?.reject(error);
    this.options.onRefused(item, error);
  }

  #retryLater(lane: Lane, error: OdnixError): void {
    if (!this.#isOnline) return;
    const { environment } = this.options;
    const waitMs = backOffMs(lane.attempt++, environment.random(), error.retryAfterMs);
    lane.cancelRetry = environment.after(waitMs, () => {
      lane.cancelRetry = null;
      this.#pump(lane);
    });
  }

  /** Nothing was ever stored under an id that the server refused at its first use: another one is no second message. */
  async #renumber(lane: Lane, item: OutgoingMessage, error: OdnixError): Promise<void> {
    const serverTimeMs = error.details['server_time_ms'];
    if (typeof serverTimeMs === 'number') this.options.clock.observe(serverTimeMs);
    const renumbered = { ...item, client_msg_id: this.options.clock.newId(), attempted: false };
    await this.#commit([
      [key_prefix + item.client_msg_id, null],
      [key_prefix + renumbered.client_msg_id, renumbered],
    ]);
    lane.items[0] = renumbered;
    const waiting = this.#settle(item);
    if (waiting) this.#waiting.set(renumbered.client_msg_id, waiting);
  }

  async #remove(item: OutgoingMessage): Promise<void> {
    const lane = this.#lane(item.chat_id);
    lane.items = lane.items.filter((other) => other !== item);
    this.#size--;
    this.#neverSent.delete(item.client_msg_id);
    if (lane.items.length === 0 && !lane.isBusy) this.#lanes.delete(item.chat_id);
    this.options.onChanged(item.chat_id);
    // One that could not be removed is sent again by the next run, which changes nothing.
    await this.#commit([[key_prefix + item.client_msg_id, null]]).catch(this.options.onError);
  }

  #settle({ client_msg_id }: OutgoingMessage): Waiting | undefined {
    const waiting = this.#waiting.get(client_msg_id);
    this.#waiting.delete(client_msg_id);
    return waiting;
  }

  #newItem(chatId: string, content: UserContent, replyToSeq: number | undefined): OutgoingMessage {
    const lane = this.#lanes.get(chatId);
    return {
      client_msg_id: this.options.clock.newId(),
      chat_id: chatId,
      content,
      ...(replyToSeq === undefined ? {} : { reply_to_seq: replyToSeq }),
      queued_at_ms: this.options.clock.nowMs(),
      order: ++this.#lastOrder,
      // Sent at once, mostly: then one commit says both.
      attempted: this.#isOnline && !lane?.items.length,
    };
  }

  #store(item: OutgoingMessage): Promise<void> {
    return this.#commit([[key_prefix + item.client_msg_id, item]]);
  }

  async #commit(changes: readonly (readonly [string, OutgoingMessage | null])[]): Promise<void> {
    try {
      await this.options.store.commit(new Map(changes));
    } catch (cause) {
      const error = new OdnixError('STORE_FAILED', 'The message could not be stored.', { retryable: true });
      error.cause = cause;
      throw error;
    }
  }

  #lane(chatId: string): Lane {
    let lane = this.#lanes.get(chatId);
    if (!lane) {
      lane = { items: [], isBusy: false, attempt: 0, cancelRetry: null };
      this.#lanes.set(chatId, lane);
    }
    return lane;
  }

  #cancelRetry(lane: Lane): void {
    lane.cancelRetry?.();
    lane.cancelRetry = null;
  }
}

function outboxFull(): OdnixError {
  return new OdnixError('OUTBOX_FULL', `${outbox_items_max} messages wait to be sent already.`, {
    retryable: true,
  });
}
