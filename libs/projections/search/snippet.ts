/** What of a message is shown of it among others: the part where what was asked for stands first. */
import type { Span } from './terms.js';

export interface Snippet {
  readonly snippet: string;
  /** Within the snippet, in UTF-16 units. */
  readonly highlights: readonly Span[];
}

const snippet_chars_max = 160;
/** What is shown before the first highlight, so that it can be understood. */
const before_chars = 40;
const cut = '…';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** `spans`: ascending, none over another. Never cut within what is seen as one character, nor as a rule within a word. */
export function snippetOf(text: string, spans: readonly Span[]): Snippet {
  if (text.length <= snippet_chars_max) return { snippet: text, highlights: spans };
  const from = startOf(text, spans[0]?.offset ?? 0);
  const to = endOf(text, from + snippet_chars_max);
  const [head, tail] = [from > 0 ? cut : '', to < text.length ? cut : ''];
  const highlights = spans.flatMap(({ offset, length }) => {
    const [first, end] = [Math.max(offset, from), Math.min(offset + length, to)];
    return first < end ? [{ offset: first - from + head.length, length: end - first }] : [];
  });
  return { snippet: head + text.slice(from, to) + tail, highlights };
}

/** Behind a space, if there is one on the way. */
function startOf(text: string, highlight: number): number {
  const wanted = Math.min(highlight - before_chars, text.length - snippet_chars_max);
  if (wanted <= 0) return 0;
  const space = text.slice(wanted, highlight).search(/\s\S/u);
  return space === -1 ? boundaryAt(text, wanted) : wanted + space + 1;
}

function endOf(text: string, wanted: number): number {
  if (wanted >= text.length) return text.length;
  const [word] = /\S*$/u.exec(text.slice(wanted - before_chars, wanted)) ?? [''];
  const isInWord = /\S/u.test(text[wanted]!) && word!.length < before_chars;
  return boundaryAt(text, isInWord ? wanted - word!.length : wanted);
}

/** At or before it. */
function boundaryAt(text: string, index: number): number {
  return graphemes.segment(text).containing(index)?.index ?? text.length;
}
