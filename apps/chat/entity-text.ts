import type { TextEntity } from '#domain/chat/entities.js';
import { noColours, type Colours } from './look.js';
import { printable } from './printable.js';

const hidden = '▒▒▒▒';

/**
 * A text as its entities say, in one row: who is mentioned in their colour, where links lead beside them, and what is hidden
 * hidden (`/info` shows it). What the colours cannot say is left as it is written.
 */
export function entityText(
  text: string,
  entities: readonly TextEntity[] = [],
  colours: Colours = noColours,
): string {
  const cuts = new Set([
    0,
    text.length,
    ...entities.flatMap(({ offset, length }) => [offset, offset + length]),
  ]);
  const ends = [...cuts].toSorted((one, other) => one - other);
  return ends
    .slice(1)
    .map((end, index) => {
      const start = ends[index]!;
      const over = entities.filter(({ offset, length }) => offset <= start && offset + length >= end);
      return piece(text.slice(start, end), over, colours) + target(end, over);
    })
    .join('');
}

function piece(text: string, over: readonly TextEntity[], colours: Colours): string {
  const types = new Set(over.map(({ type }) => type));
  if (types.has('spoiler')) return hidden;
  const mention = over.find((one) => one.type === 'mention');
  if (mention) return colours.person(printable(text), mention.user_id);
  if (types.has('code') || types.has('pre')) return colours.faint(printable(text));
  return types.has('bold') || types.has('link') ? colours.strong(printable(text)) : printable(text);
}

/** Behind the last piece of a link: its words may say that it leads elsewhere. */
function target(end: number, over: readonly TextEntity[]): string {
  const link = over.find((one) => one.type === 'text_link' && one.offset + one.length === end);
  return link?.type === 'text_link' ? ` (${printable(link.url)})` : '';
}
