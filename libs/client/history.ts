import type { ChatView, MessageView } from '#domain/user-log/update.js';
import type { MessagesHistoryParams, MessagesHistoryResult } from '#protocol/methods/messages.js';
import type { Replica } from './replica.js';
import type { Session } from './session.js';
import type { Synchronizer } from './synchronizer.js';

const page_messages_default = 50;

export type HistoryPage = Omit<MessagesHistoryParams, 'chat_id'>;

interface Sources {
  readonly replica: Replica;
  readonly synchronizer: Synchronizer;
  readonly session: Session;
}

/**
 * A page of a chat, ascending: from this device when it has all of it, else from the server, whose answer is kept as far
 * as there is room. Without a connection: what there is of the page without a hole, if anything; `more` is true then.
 */
export async function readHistory(
  { replica, synchronizer, session }: Sources,
  chatId: string,
  page: HistoryPage,
): Promise<MessagesHistoryResult> {
  const chat = replica.chat(chatId);
  const span = chat && spanOf(chat, page);
  if (span) {
    const messages = await replica.stored(chatId, span.first, span.last);
    const isWhole = messages.length === span.last - span.first + 1;
    if (isWhole) return { messages, ...hasMore(chat, page, messages) };
    const isOfUse = messages.length > 0 && page.after_seq === undefined && page.around_seq === undefined;
    if (isOfUse && session.state.status !== 'open') return { messages, more: true };
  }
  const mark = replica.unseenChanges(chatId);
  const answer = await session.call('messages.history', { chat_id: chatId, ...page });
  // Older than what the log has said meanwhile, maybe: good enough to be shown, not to be kept.
  if (mark === replica.unseenChanges(chatId)) synchronizer.keep(chatId, answer.messages);
  return answer;
}

/** The seqs that the page consists of, as far as this device knows the chat; null: there is none. */
function spanOf(chat: ChatView, page: HistoryPage): { first: number; last: number } | null {
  const { before_seq, after_seq, around_seq, limit = page_messages_default } = page;
  const lowest = Math.max(1, chat.visible_from_seq);
  if (around_seq !== undefined) return spanAround(chat, lowest, around_seq, limit);
  const from = after_seq === undefined ? null : Math.max(lowest, after_seq + 1);
  const last = from === null ? Math.min(chat.last_seq, (before_seq ?? Infinity) - 1) : from + limit - 1;
  const first = from ?? Math.max(lowest, last - limit + 1);
  const end = Math.min(last, chat.last_seq);
  return first <= end ? { first, last: end } : null;
}

/** As the server does: where one side has fewer than half of the page, the other has more. */
function spanAround({ last_seq }: ChatView, lowest: number, aroundSeq: number, limit: number) {
  const seq = Math.min(Math.max(aroundSeq, lowest), last_seq + 1);
  const older = Math.max(0, seq - lowest);
  const newer = Math.max(0, last_seq - seq + 1);
  const after = Math.min(newer, Math.max(Math.ceil(limit / 2), limit - older));
  const first = seq - Math.min(older, limit - after);
  const last = seq + after - 1;
  return first <= last ? { first, last } : null;
}

function hasMore(
  chat: ChatView,
  { after_seq, around_seq }: HistoryPage,
  messages: readonly MessageView[],
): Omit<MessagesHistoryResult, 'messages'> {
  const isOlder = messages[0]!.seq > Math.max(1, chat.visible_from_seq);
  const isNewer = messages.at(-1)!.seq < chat.last_seq;
  if (around_seq !== undefined) return { more: isOlder, more_after: isNewer };
  return { more: after_seq === undefined ? isOlder : isNewer };
}
