import type { SearchHit } from '#protocol/methods/messages.js';
import type { Look } from './look.js';
import { clockOrDay } from './moments.js';
import { printable } from './printable.js';
import { padded, truncated, widthOf, wrapped } from './text-width.js';

const name_columns_max = 20;

/** A message that was found, with what has to be looked up for it. */
export interface NamedHit {
  readonly hit: SearchHit;
  readonly chat: string;
  readonly sender: string;
}

/** `1  Our trip  #12  14:03  Ann: who drives?`, numbered as `/jump` takes them. */
export function hitRows(hits: readonly NamedHit[], look: Look, nowMs = Date.now()): string[] {
  const names = hits.map(({ chat }) => truncated(chat, name_columns_max));
  const nameColumns = Math.max(...names.map(widthOf), 0);
  const numberColumns = String(hits.length).length;
  const seqColumns = Math.max(...hits.map(({ hit }) => `#${hit.seq}`.length), 0);
  return hits.flatMap(({ hit, sender }, index) => {
    const head = [
      String(index + 1).padStart(numberColumns),
      padded(names[index]!, nameColumns),
      `#${hit.seq}`.padEnd(seqColumns),
      look.colours.faint(clockOrDay(hit.date_ms, nowMs).padStart(5)),
    ].join('  ');
    const text = `${look.colours.person(sender, hit.sender_id)}: ${marked(hit, look)}`;
    return wrapped(`${head}  ${text}`, look.columns, numberColumns + 2);
  });
}

/** What was found stands out, where there are colours. */
function marked({ snippet, highlights }: SearchHit, { colours }: Look): string {
  let shown = '';
  let end = 0;
  for (const { offset, length } of highlights) {
    shown += printable(snippet.slice(end, offset));
    end = offset + length;
    // Word by word: rows are broken at spaces.
    shown += printable(snippet.slice(offset, end)).split(' ').map(colours.strong).join(' ');
  }
  return shown + printable(snippet.slice(end));
}
