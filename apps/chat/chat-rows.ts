import type { ChatView } from '#domain/user-log/update.js';
import type { Look } from './look.js';
import { summary, tickMark, words, type NamedMessage } from './message-rows.js';
import { clockOrDay } from './moments.js';
import { padded, truncated, widthOf } from './text-width.js';

const name_columns_max = 28;
const preview_columns_max = 72;
/** With less, a preview says nothing. */
const preview_columns_min = 10;

/** A chat of the list, with what has to be looked up for it. */
export interface ListedChat {
  readonly chat: ChatView;
  readonly name: string;
  readonly last: NamedMessage | undefined;
}

/** `1  Our trip  3 new  14:03  Ann: who drives?`, one row a chat, numbered as `/open` takes it. */
export function chatRows(chats: readonly ListedChat[], look: Look, nowMs = Date.now()): string[] {
  const isNarrow = look.columns < 60;
  const news = chats.map(({ chat }) => newsOf(chat, nowMs));
  const newsColumns = Math.max(...news.map(widthOf), 0);
  const numberColumns = String(chats.length).length;
  const share = isNarrow ? look.columns - numberColumns - newsColumns - 4 : Math.floor(look.columns / 3);
  const names = chats.map(({ name }) => truncated(name, Math.min(name_columns_max, share)));
  const nameColumns = Math.max(...names.map(widthOf), 0);
  return chats.map((listed, index) => {
    const { colours } = look;
    const isNew = listed.chat.unread_count > 0;
    const name = padded(names[index]!, nameColumns);
    const columns = [
      String(index + 1).padStart(numberColumns),
      isNew ? colours.strong(name) : name,
      ...(newsColumns === 0 ? [] : [colours.strong(padded(news[index]!, newsColumns))]),
      ...(isNarrow || !listed.last
        ? []
        : [colours.faint(clockOrDay(listed.last.message.date_ms, nowMs).padStart(5))]),
    ];
    const head = columns.join('  ');
    return `${head}  ${preview(listed, look, look.columns - widthOf(head) - 2)}`.trimEnd();
  });
}

function newsOf({ unread_count, muted_until_ms }: ChatView, nowMs: number): string {
  const muted = isMuted(muted_until_ms, nowMs) ? 'muted' : '';
  return [unread_count > 0 ? `${unread_count} new` : '', muted].filter((part) => part !== '').join(', ');
}

export function isMuted(mutedUntilMs: number | null, nowMs: number): boolean {
  return mutedUntilMs !== null && mutedUntilMs > nowMs;
}

function preview({ chat, last }: ListedChat, look: Look, columns: number): string {
  if (!last) return '';
  const { message } = last;
  const tick = message.tick === null ? '' : `${tickMark(message.tick, look)} `;
  const room = Math.min(preview_columns_max, columns - widthOf(tick));
  if (room < preview_columns_min) return '';
  // In a chat of two the name of the chat says who wrote it.
  const isTheirs = chat.kind === 'direct' && message.tick === null && message.content?.type !== 'service';
  return tick + look.colours.faint(truncated(isTheirs ? words(message) : summary(last), room));
}
