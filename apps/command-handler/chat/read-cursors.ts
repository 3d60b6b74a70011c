/** How far people have read: moved by receipts beside the chat, after the chat's rules said how far they may. */
import { LRUCache } from 'lru-cache';
import type { ChatAnswer } from '#domain/chat/index.js';
import type { Reply } from '#streams/requests.js';
import type { ReadModels } from '../read-models.js';
import { refusalFor } from '../failures.js';
import type { Receipts } from '../receipts.js';
import type { LoadedChat } from './loaded-chat.js';
import type { PendingCommand } from './pending-command.js';

const known_cursors_max = 100_000;

type ReadAnswer = Extract<ChatAnswer, { kind: 'read' }>;

/**
 * What is known here of a cursor is never ahead of the truth and may be behind it: then a mark is written that moves
 * nothing, which is harmless, because marks are merged by maximum.
 */
export class ReadCursors {
  private readonly known = new LRUCache<string, number>({ max: known_cursors_max });

  constructor(
    private readonly receipts: Receipts,
    private readonly models: ReadModels,
  ) {}

  /** Sending moves the sender's own cursor: to be called with the answer of what was stored. */
  sent(userId: string, chatId: string, answer: ChatAnswer): void {
    const key = `${userId}:${chatId}`;
    if (answer.kind === 'sent' && this.known.has(key)) this.remember(key, answer.seq);
  }

  /** `chat`: as of the membership check or later; the timeline applies the mark only once past its head. */
  async move(
    command: PendingCommand,
    { seq, last_seq }: ReadAnswer,
    visibleFromSeq: number,
    chat: LoadedChat,
  ): Promise<Reply> {
    const { user_id } = command.identity;
    const key = `${user_id}:${chat.chatId}`;
    try {
      const known = Math.max(await this.cursor(key, user_id, chat.chatId), visibleFromSeq - 1);
      const seen = { projected: { [chat.stream]: chat.head }, logged: {} };
      const result = (read_seq: number) => ({ read_seq, unread_count: Math.max(0, last_seq - read_seq) });
      if (seq <= known) return { result: result(known), seen };
      const cursors = [{ chat_id: chat.chatId, seq, after: chat.head }];
      const place = await this.receipts.append(command, [
        { type: 'ReadCursorMoved', data: { user_id, cursors } },
      ]);
      this.remember(key, seq);
      return { result: result(seq), seen: { ...seen, logged: { [place.stream]: place.sequence } } };
    } catch (error) {
      return refusalFor(error);
    }
  }

  /** Nothing known, also while Postgres does not answer: the mark is written, at worst for nothing. */
  private async cursor(key: string, userId: string, chatId: string): Promise<number> {
    return this.known.get(key) ?? (await this.models.readCursor(userId, chatId).catch(() => 0));
  }

  private remember(key: string, seq: number): void {
    this.known.set(key, Math.max(seq, this.known.get(key) ?? 0));
  }
}
