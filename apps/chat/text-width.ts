import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The most columns a text takes. Terminals disagree about emoji that are joined from several: some show one, some all
 * of them side by side. Taking the most keeps every row within its width in both.
 */
export function widthOf(text: string): number {
  return charactersOf(stripVTControlCharacters(text)).reduce((sum, character) => sum + widest(character), 0);
}

/** At most that many columns, with an ellipsis where something is left out. */
export function truncated(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let shown = '';
  let used = 0;
  for (const character of charactersOf(text)) {
    used += widest(character);
    if (used > columns - 1) break;
    shown += character;
  }
  return `${shown.trimEnd()}…`;
}

/** Filled up with spaces to that many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Rows of at most that many columns, broken between words where there is a place; all but the first are indented. */
export function wrapped(text: string, columns: number, indent: number): string[] {
  const rows: string[] = [];
  const margin = ' '.repeat(indent);
  let row = '';
  for (const word of text.split(' ').flatMap((part) => pieces(part, columns - indent))) {
    const next = row === '' && rows.length === 0 ? word : `${row}${row.trim() === '' ? '' : ' '}${word}`;
    if (widthOf(next) <= columns || row.trim() === '') row = next;
    else {
      rows.push(row.trimEnd());
      row = margin + word;
    }
  }
  return [...rows, row.trimEnd()];
}

/** A word that no row has room for, cut; a coloured one is never so long. */
function pieces(word: string, columns: number): string[] {
  if (widthOf(word) <= columns || word.includes('\u001b')) return [word];
  const cut: string[] = [''];
  for (const character of charactersOf(word)) {
    const last = cut.at(-1)!;
    if (last !== '' && widthOf(last) + widest(character) > columns) cut.push(character);
    else cut[cut.length - 1] = last + character;
  }
  return cut;
}

function charactersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function widest(character: string): number {
  const parts = Array.from(character, (part) => stringWidth(part));
  return Math.max(
    stringWidth(character),
    parts.reduce((sum, width) => sum + width, 0),
  );
}
