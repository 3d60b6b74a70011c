import { backOffMs } from './back-off.js';
import type { CancelTimer, Environment } from './environment.js';
import type { LocalStore, StoredValue } from './local-store.js';
import { isRetryable, OdnixError } from './odnix-error.js';

/** Receipts that come within this time are one request: they are high-water marks. */
const receipts_coalesce_ms = 250;

export interface ReceiptsOptions {
  readonly environment: Environment;
  readonly store: LocalStore;
  readonly ack: (pts: number) => Promise<unknown>;
  readonly read: (chatId: string, seq: number) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

const key_prefix = 'read/';

/**
 * What this device tells of itself: how far its user has read each chat, and how far it has stored the log. Marks only
 * move forward; those of reading wait in the store until the server has them.
 */
export class Receipts {
  readonly #reads = new Map<string, number>();
  /** Chats whose mark is on its way in another request. */
  readonly #carried = new Set<string>();
  #storedPts = 0;
  #ackedPts = 0;
  #attempt = 0;
  #isOnline = false;
  #isSending = false;
  #cancelTimer: CancelTimer | null = null;

  constructor(private readonly options: ReceiptsOptions) {}

  /** Of its records' keys. */
  readonly prefix = key_prefix;

  restore(records: ReadonlyMap<string, StoredValue>): void {
    for (const [key, seq] of records) {
      if (key.startsWith(key_prefix)) this.#reads.set(key.slice(key_prefix.length), seq as number);
    }
  }

  /** How far the user has read this chat on this device, as far as the server may not know yet. */
  pendingRead(chatId: string): number {
    return this.#reads.get(chatId) ?? 0;
  }

  async markRead(chatId: string, seq: number): Promise<void> {
    if (seq <= this.pendingRead(chatId)) return;
    this.#reads.set(chatId, seq);
    this.#schedule(receipts_coalesce_ms);
    await this.options.store.commit(new Map([[key_prefix + chatId, seq]]));
  }

  /**
   * Lets another request carry how far the user has read this chat: `send` is called at once, with undefined when there is
   * nothing to tell. When it rejects, so does this, and the mark is told as always.
   */
  async carry(chatId: string, send: (readSeq: number | undefined) => Promise<unknown>): Promise<void> {
    const seq = this.#carried.has(chatId) ? undefined : this.#reads.get(chatId);
    if (seq === undefined) return void (await send(undefined));
    this.#carried.add(chatId);
    try {
      await send(seq);
      await this.#readTold(chatId, seq);
    } finally {
      this.#carried.delete(chatId);
      this.#schedule(receipts_coalesce_ms);
    }
  }

  /**
   * For whoever is about to send a message into this chat: tells its mark at once, without waiting for the answer, since
   * requests of one connection about one chat are applied in order. A mark told after the message would be told to nobody:
   * sending moves the sender's cursor past it.
   */
  tellFirst(chatId: string): void {
    const seq = this.#reads.get(chatId);
    if (seq !== undefined) this.#sendRead(chatId, seq).catch(() => this.#schedule(receipts_coalesce_ms));
  }

  /** Everything up to `pts` is stored on this device. */
  stored(pts: number): void {
    this.#storedPts = Math.max(this.#storedPts, pts);
    this.#schedule(receipts_coalesce_ms);
  }

  /** The server's log was replaced by another one: its numbers begin anew. */
  restart(): void {
    this.#storedPts = 0;
    this.#ackedPts = 0;
  }

  online(): void {
    this.#isOnline = true;
    this.#attempt = 0;
    this.#schedule(receipts_coalesce_ms);
  }

  offline(): void {
    this.#isOnline = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  get #isIdle(): boolean {
    const toTell = [...this.#reads.keys()].some((chatId) => !this.#carried.has(chatId));
    return this.#storedPts <= this.#ackedPts && !toTell;
  }

  #schedule(ms: number): void {
    if (!this.#isOnline || this.#isSending || this.#isIdle) return;
    this.#cancelTimer ??= this.options.environment.after(ms, () => {
      this.#cancelTimer = null;
      void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    let waitMs = receipts_coalesce_ms;
    try {
      await this.#sendAck();
      for (const [chatId, seq] of this.#reads)
        if (!this.#carried.has(chatId)) await this.#sendRead(chatId, seq);
      this.#attempt = 0;
    } catch (error) {
      const retryAfterMs = error instanceof OdnixError ? error.retryAfterMs : undefined;
      waitMs += backOffMs(this.#attempt++, this.options.environment.random(), retryAfterMs);
    }
    this.#isSending = false;
    this.#schedule(waitMs);
  }

  async #sendAck(): Promise<void> {
    const pts = this.#storedPts;
    if (pts <= this.#ackedPts) return;
    await this.#unlessRefused(this.options.ack(pts));
    this.#ackedPts = Math.max(this.#ackedPts, pts);
  }

  async #sendRead(chatId: string, seq: number): Promise<void> {
    await this.#unlessRefused(this.options.read(chatId, seq));
    await this.#readTold(chatId, seq);
  }

  async #readTold(chatId: string, seq: number): Promise<void> {
    if (this.#reads.get(chatId) !== seq) return;
    this.#reads.delete(chatId);
    await this.options.store.commit(new Map([[key_prefix + chatId, null]]));
  }

  /** A refusal (of a chat that was left, say) is final: trying again would hold up the others for ever. */
  async #unlessRefused(request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      if (isRetryable(error)) throw error;
      this.options.onError(error);
    }
  }
}
