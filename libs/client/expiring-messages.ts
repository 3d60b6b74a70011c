import { isDue } from '#domain/chat/due.js';
import { deletedView } from '#domain/user-log/message-view.js';
import type { MessageView } from '#domain/user-log/update.js';
import { expiryKey } from './stored-keys.js';

interface Expiring {
  readonly at_ms: number;
  readonly chat_id: string;
  readonly seq: number;
}

/** Which of the messages on this device go by themselves, and when: by the keys under which the store remembers it. */
export class ExpiringMessages {
  readonly #byKey = new Map<string, Expiring>();

  restore(keys: Iterable<string>): void {
    for (const key of keys) this.#byKey.set(key, parsed(key));
  }

  /** The key of its record; undefined: it stays. */
  add({ chat_id, seq, expires_at_ms, content }: MessageView): string | undefined {
    if (expires_at_ms === undefined) return undefined;
    const key = expiryKey(expires_at_ms, chat_id, seq);
    if (content !== undefined) this.#byKey.set(key, { at_ms: expires_at_ms, chat_id, seq });
    return key;
  }

  /** Infinity: none. */
  get nextMs(): number {
    return Math.min(Infinity, ...[...this.#byKey.values()].map(({ at_ms }) => at_ms));
  }

  /** Those whose time has come, by key; they are not remembered any more. */
  takeDue(nowMs: number): ReadonlyMap<string, Expiring> {
    const due = new Map([...this.#byKey].filter(([, { at_ms }]) => at_ms <= nowMs));
    for (const key of due.keys()) this.#byKey.delete(key);
    return due;
  }
}

/** What is due is shown as deleted, also while it stands here still: nobody waits for a timer. */
export const asOf = (message: MessageView, nowMs: number): MessageView =>
  message.content !== undefined && isDue(message, nowMs) ? deletedView(message, message.chat_pts) : message;

export function parsed(key: string): Expiring {
  const [, atMs, chat_id, seq] = key.split('/') as [string, string, string, string];
  return { at_ms: Number(atMs), chat_id, seq: Number(seq) };
}
