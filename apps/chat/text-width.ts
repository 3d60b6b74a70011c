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

/** How many rows of a terminal a text takes that it wraps itself; null where terminals disagree about it. */
export function rowsOf(text: string, columns: number): number | null {
  let rows = 1;
  let used = 0;
  for (const character of charactersOf(text)) {
    const width = stringWidth(character);
    if (width !== widest(character)) return null;
    if (used + width > columns) {
      rows++;
      used = 0;
    }
    used += width;
  }
  return used === columns ? rows + 1 : rows;
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

/**
 * Rows of at most that many columns, broken between words where there is a place; all but the first are indented. Spaces
 * at the beginning stay, up to half a row.
 */
export function wrapped(text: string, columns: number, indent: number): string[] {
  const rows: string[] = [];
  const words = text.trimStart();
  let margin = ' '.repeat(Math.min(text.length - words.length, Math.floor(columns / 2)));
  const room = columns - Math.max(indent, margin.length);
  let row: string | null = null;
  for (const word of words.split(' ').flatMap((part) => pieces(part, room))) {
    const next: string = row === null ? margin + word : `${row} ${word}`;
    if (widthOf(next) > columns && row !== null) {
      rows.push(row.trimEnd());
      margin = ' '.repeat(indent);
      row = margin + word;
    } else row = next;
  }
  return [...rows, (row ?? '').trimEnd()];
}

/** A word that no row has room for, cut; a coloured one is never so long. */
function pieces(word: string, columns: number): string[] {
  if (widthOf(word) <= columns || word.includes('\u001b')) return [word];
  const cut: string[] = [];
  let used = columns;
  for (const character of charactersOf(word)) {
    const width = widest(character);
    if (cut.length === 0 || used + width > columns) {
      cut.push('');
      used = 0;
    }
    cut[cut.length - 1] += character;
    used += width;
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
