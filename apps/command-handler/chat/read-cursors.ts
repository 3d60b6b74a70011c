/** How far people have read: moved by receipts beside the chat, after the chat's rules said how far they may. */
import { LRUCache } from 'lru-cache';
import { cacheRoom } from '#process/cache-room.js';
import { readEnded } from '#observability/message-spans.js';
import { sampledSpanOf, spanOf, type SpanContext } from '#observability/trace.js';
import type { ChatAnswer, ChatState, Member } from '#domain/chat/index.js';
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
  private readonly known = new LRUCache<string, number>({ max: cacheRoom(known_cursors_max) });

  constructor(
    private readonly receipts: Receipts,
    private readonly models: ReadModels,
  ) {}

  /** Sending moves the sender's own cursor: to be called with the answer of what was stored. */
  sent(userId: string, chat: LoadedChat, answer: ChatAnswer): void {
    const key = keyOf(userId, chat, readerIn(chat.state, userId));
    if (answer.kind === 'sent' && this.known.has(key)) this.remember(key, answer.seq);
  }

  /** `chat`: as of the membership check or later; the timeline applies the mark only once past its head. */
  async move(
    command: PendingCommand,
    { seq, last_seq }: ReadAnswer,
    reader: Reader,
    chat: LoadedChat,
  ): Promise<Reply> {
    const { user_id } = command.identity;
    const key = keyOf(user_id, chat, reader);
    const { joined_seq, visible_from_seq } = reader;
    const startMs = performance.now();
    try {
      const stored = joined_seq === undefined ? () => this.models.readCursor(user_id, chat.chatId) : nothing;
      const known = Math.max(await this.cursor(key, stored), visible_from_seq - 1);
      const seen = { projected: { [chat.stream]: chat.head }, logged: {} };
      const result = (read_seq: number) => ({ read_seq, unread_count: Math.max(0, last_seq - read_seq) });
      if (seq <= known) return { result: result(known), seen };
      const stay = joined_seq === undefined ? {} : { joined_seq };
      const cursors = [{ chat_id: chat.chatId, seq, after: chat.head, ...stay }];
      const place = await this.receipts.append(command, [
        { type: 'ReadCursorMoved', data: { user_id, cursors } },
      ]);
      this.remember(key, seq);
      tellRead(command, chat, { from: known, to: seq }, startMs);
      return { result: result(seq), seen: { ...seen, logged: { [place.stream]: place.sequence } } };
    } catch (error) {
      return refusalFor(error);
    }
  }

  /** Nothing known, also while Postgres does not answer: the mark is written, at worst for nothing. */
  private async cursor(key: string, stored: () => Promise<number>): Promise<number> {
    return this.known.get(key) ?? (await stored().catch(() => 0));
  }

  private remember(key: string, seq: number): void {
    this.known.set(key, Math.max(seq, this.known.get(key) ?? 0));
  }
}

/** Of what the run remembers, which reaches far enough back for what people read as it comes. */
function tellRead(
  { identity, commandId, traceparent }: PendingCommand,
  { chatId, run }: LoadedChat,
  { from, to }: { readonly from: number; readonly to: number },
  startMs: number,
): void {
  const covered: SpanContext[] = [];
  let last: SpanContext | undefined;
  for (const { meta, events } of run.decisions) {
    const span = sampledSpanOf(meta.traceparent);
    if (span === undefined) continue;
    for (const event of events) {
      if (event.type !== 'MessageSent') continue;
      const { seq } = event.data.message;
      if (seq > from && seq <= to) covered.push(span);
      if (seq === to) last = span;
    }
  }
  const of = { ...identity, command_id: commandId, chat_id: chatId, seq: to };
  readEnded({ startMs, by: spanOf(traceparent), covered, last, of });
}

/** Whose stay begins with what was before it: the read model may still tell of an earlier stay. */
const nothing = (): Promise<number> => Promise.resolve(0);

export type Reader = Pick<Member, 'visible_from_seq' | 'joined_seq'>;

/** Everybody else reads from the beginning and is refused elsewhere. */
export const readerIn = (state: ChatState, userId: string): Reader =>
  (state.status === 'active' ? state.members.get(userId) : undefined) ?? { visible_from_seq: 1 };

const keyOf = (userId: string, { chatId }: LoadedChat, { joined_seq = 0 }: Reader): string =>
  `${userId}:${chatId}:${joined_seq}`;
