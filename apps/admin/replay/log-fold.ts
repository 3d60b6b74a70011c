/** A user's log folded without any body: what each of their chats was to them, by the domain's own fold of entries. */
import { applyEntry, type ChatCursors } from '#domain/user-log/apply-entry.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import { StoreDamaged } from '#streams/event-store.js';

export interface FoldedChat extends ChatCursors {
  /** The chat's last message, as far as this log tells. */
  readonly last_seq: number;
  /** Where the last decision about it stands. */
  readonly decided: UserLogEntry['source'];
}

export class LogFold {
  pts = 0;
  hash: string | null = null;
  date_ms = 0;
  readonly chats = new Map<string, FoldedChat>();
  /** Where the account's last decision of which the log tells stands. */
  account: UserLogEntry['source'] | null = null;

  /** In the log's order. Throws StoreDamaged on a hole: nothing is ever erased from a log. */
  take(place: string, entry: UserLogEntry): void {
    if (entry.pts !== this.pts + 1)
      throw new StoreDamaged(`${place}: entry ${entry.pts} does not follow ${this.pts}`);
    this.pts = entry.pts;
    this.hash = entry.hash;
    this.date_ms = entry.date_ms;
    if (entry.chat_id !== undefined) this.takeChat(entry.chat_id, entry);
    // Contacts stand on a subject of their own.
    else if (entry.source.stream.startsWith('ACCOUNT_') && entry.kind !== 'contact.changed')
      this.account = entry.source;
  }

  private takeChat(chatId: string, entry: UserLogEntry): void {
    const before = this.chats.get(chatId) ?? null;
    const cursors = applyEntry(before, entry);
    if (cursors === null) return void this.chats.delete(chatId);
    const sent = entry.kind === 'message.new' ? (entry.seq ?? 0) : 0;
    const last_seq = Math.max(before?.last_seq ?? 0, cursors.read_seq, sent);
    const decided = entry.source.stream.startsWith('CHAT_') ? entry.source : before?.decided;
    this.chats.set(chatId, { ...cursors, last_seq, decided: decided ?? entry.source });
  }
}
