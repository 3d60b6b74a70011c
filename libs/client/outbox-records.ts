import type { LocalStore, StoredValue } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { isWaiting, type OutboxItem } from './outbox-item.js';
import type { ItemChanges } from './outbox-plan.js';

/** Items over all chats, whatever their state. */
export const outbox_items_max = 1_000;

export const outbox_prefix = 'outbox/';

export interface OutboxRecordsOptions {
  readonly store: LocalStore;
  /** Removes a record in the commit that stores what the log brought: never one without the other. */
  readonly removeWithLog: (key: string) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * `must`: nothing changes unless it was stored. `should`: it changes here all the same, and a failure is told.
 * `with_log`: so too; and what goes, goes from the store with the log's next commit, which has it instead.
 */
type Storing = 'must' | 'should' | 'with_log';

/**
 * The outbox in memory and in the store. Changes are made one after the other, each decided on what the one before it
 * left, stored, and only then visible: nobody is shown what could be lost.
 */
export class OutboxRecords {
  readonly #byChat = new Map<string, readonly OutboxItem[]>();
  #last: Promise<unknown> = Promise.resolve();
  #lastOrder = 0;
  #size = 0;

  constructor(private readonly options: OutboxRecordsOptions) {}

  restore(records: ReadonlyMap<string, StoredValue>): void {
    const items = [...records].flatMap(([key, value]) =>
      key.startsWith(outbox_prefix) ? [value as OutboxItem] : [],
    );
    for (const item of items) this.#put(item);
    for (const { order } of items) this.#lastOrder = Math.max(this.#lastOrder, order);
  }

  /** In the order in which they were queued. */
  items(chatId: string): readonly OutboxItem[] {
    return this.#byChat.get(chatId) ?? [];
  }

  chatIds(): string[] {
    return [...this.#byChat.keys()];
  }

  find(chatId: string, id: string): OutboxItem | undefined {
    return this.items(chatId).find((item) => item.id === id);
  }

  /** How many are still to be carried out. */
  get waiting(): number {
    let count = 0;
    for (const items of this.#byChat.values()) count += items.filter(isWaiting).length;
    return count;
  }

  nextOrder(): number {
    return ++this.#lastOrder;
  }

  /** `decide` sees the chat's items as they are when its turn has come; what it throws, rejects. */
  change(
    chatId: string,
    storing: Storing,
    decide: (items: readonly OutboxItem[]) => ItemChanges,
  ): Promise<ItemChanges> {
    const turn = this.#last.then(async () => {
      const changes = decide(this.items(chatId));
      this.#checkRoom(chatId, changes);
      await this.#store(storing, changes);
      for (const [id, item] of changes) this.#apply(chatId, id, item);
      return changes;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when every change asked for so far is made. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #store(storing: Storing, changes: ItemChanges): Promise<void> {
    const isOwnCommit = (item: OutboxItem | null): boolean => storing !== 'with_log' || item !== null;
    const records = [...changes].map(([id, item]) => [outbox_prefix + id, item] as const);
    for (const [key, item] of records) if (!isOwnCommit(item)) this.options.removeWithLog(key);
    const own = new Map(records.filter(([, item]) => isOwnCommit(item)));
    if (own.size === 0) return;
    try {
      await this.options.store.commit(own);
    } catch (cause) {
      const error = new OdnixError('STORE_FAILED', 'It could not be stored.', { retryable: true });
      error.cause = cause;
      if (storing === 'must') throw error;
      this.options.onError(error);
    }
  }

  #checkRoom(chatId: string, changes: ItemChanges): void {
    let size = this.#size;
    for (const [id, item] of changes) size += Number(item !== null) - Number(Boolean(this.find(chatId, id)));
    if (size > outbox_items_max && size > this.#size) throw outboxFull();
  }

  #apply(chatId: string, id: string, item: OutboxItem | null): void {
    const items = this.items(chatId);
    const rest = items.filter((other) => other.id !== id);
    this.#size -= items.length - rest.length;
    if (rest.length === 0) this.#byChat.delete(chatId);
    else this.#byChat.set(chatId, rest);
    if (item) this.#put(item);
  }

  #put(item: OutboxItem): void {
    const items = [...this.items(item.chat_id), item];
    this.#byChat.set(
      item.chat_id,
      items.sort((one, other) => one.order - other.order),
    );
    this.#size++;
  }
}

function outboxFull(): OdnixError {
  return new OdnixError('OUTBOX_FULL', `${outbox_items_max} changes wait for the server already.`, {
    retryable: true,
  });
}
