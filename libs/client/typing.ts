import type { CancelTimer, Environment } from './environment.js';
import { asOdnixError } from './odnix-error.js';
import type { TypingAction } from '#protocol/methods/typing.js';
import type { Receipts } from './receipts.js';

/** The same action in the same chat is told again after this time at the earliest. */
export const typing_throttle_ms = 3_000;
/** Chats in which something was told lately; a person types in few. */
const typing_chats_max = 50;

export interface TypingOptions {
  readonly environment: Environment;
  readonly receipts: Pick<Receipts, 'carry'>;
  readonly request: (params: TypingParams) => Promise<unknown>;
}

export interface TypingParams {
  readonly chat_id: string;
  readonly action: TypingAction;
  readonly read_seq?: number;
}

/**
 * Tells what the user is doing in a chat: seldom, never twice the same, lost without harm. It carries how far the user
 * has read; where the server has no such method, that is told by `messages.read`, as always.
 */
export class Typing {
  readonly #told = new Map<string, { readonly action: TypingAction; readonly cancel: CancelTimer }>();
  #isServed = true;

  constructor(private readonly options: TypingOptions) {}

  /** Another session, perhaps with another server. */
  opening(): void {
    this.#isServed = true;
    for (const chatId of this.#told.keys()) this.#forget(chatId);
  }

  /** Never rejects. */
  async set(chat_id: string, action: TypingAction): Promise<void> {
    const told = this.#told.get(chat_id)?.action ?? 'none';
    if (!this.#isServed || told === action) return;
    this.#remember(chat_id, action);
    const { receipts, request } = this.options;
    try {
      await receipts.carry(chat_id, (read_seq) =>
        request({ chat_id, action, ...(read_seq === undefined ? {} : { read_seq }) }),
      );
    } catch (error) {
      this.#forget(chat_id);
      if (asOdnixError(error).code === 'METHOD_NOT_FOUND') this.#isServed = false;
    }
  }

  #remember(chatId: string, action: TypingAction): void {
    this.#forget(chatId);
    if (action === 'none') return;
    const [oldest] = this.#told.keys();
    if (this.#told.size >= typing_chats_max && oldest !== undefined) this.#forget(oldest);
    const cancel = this.options.environment.after(typing_throttle_ms, () => this.#told.delete(chatId));
    this.#told.set(chatId, { action, cancel });
  }

  #forget(chatId: string): void {
    this.#told.get(chatId)?.cancel();
    this.#told.delete(chatId);
  }
}
