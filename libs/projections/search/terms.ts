/**
 * What people ask for, and where it stands in a text. There are no operators but double quotes: whatever else is typed is
 * words, or nothing.
 */
import { wordsOf, type Word } from './words.js';

/** Words that stand one after the other. */
export interface Term {
  readonly words: readonly Word[];
  /** Its last word is still being typed: any word that begins so will do. */
  readonly isOpen: boolean;
}

export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A single letter that nothing follows yet, nor goes before it, would be nearly every message. */
const open_chars_min = 2;

/** All of these must stand in a message. Empty: nothing was asked for. */
export function termsOf(query: string): readonly Term[] {
  const parts = query.split(/["“”„«»]/u);
  return parts.flatMap((part, index) => {
    const isEnd = index === parts.length - 1 && /\S$/u.test(query);
    const words = wordsOf(part);
    const isQuoted = index % 2 === 1;
    return (isQuoted ? [words] : runsOf(words))
      .filter((run) => run.length > 0)
      .map((run, at, runs) => ({ words: run, isOpen: isEnd && at === runs.length - 1 && isOpen(run, part) }));
  });
}

/** Joined letters are one term, every other word is one by itself. */
function runsOf(words: readonly Word[]): Word[][] {
  const runs: Word[][] = [];
  for (const word of words) {
    if (word.isJoined) runs.at(-1)!.push(word);
    else runs.push([word]);
  }
  return runs;
}

/** Nothing follows its last word, not even a full stop. */
function isOpen(words: readonly Word[], part: string): boolean {
  const { kind, text, offset, length } = words.at(-1)!;
  if (offset + length < part.length) return false;
  if (kind !== 'word') return kind === 'letter';
  return words.length > 1 || text.length >= open_chars_min;
}

/** Where the terms stand, ascending, none over another; null when one of them does not. */
export function spansOf(terms: readonly Term[], text: string): readonly Span[] | null {
  const words = wordsOf(text);
  const found: Span[] = [];
  for (const term of terms) {
    const spans = words.flatMap((_, index) => spanAt(term, words, index) ?? []);
    if (spans.length === 0) return null;
    found.push(...spans);
  }
  return merged(found);
}

function spanAt(term: Term, words: readonly Word[], start: number): Span | null {
  const { offset } = words[start]!;
  for (const [index, asked] of term.words.entries()) {
    const word = words[start + index];
    if (word === undefined || !isSame(term, index, asked, word)) return null;
  }
  const last = words[start + term.words.length - 1]!;
  return { offset, length: last.offset + last.length - offset };
}

function isSame({ words, isOpen }: Term, index: number, asked: Word, word: Word): boolean {
  if (asked.kind !== word.kind || (index > 0 && asked.isJoined !== word.isJoined)) return false;
  const isBeginning = isOpen && index === words.length - 1;
  return isBeginning ? word.text.startsWith(asked.text) : word.text === asked.text;
}

function merged(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.offset - other.offset)) {
    const last = apart.at(-1);
    const end = last === undefined ? -1 : last.offset + last.length;
    if (last === undefined || span.offset > end) apart.push(span);
    else if (span.offset + span.length > end)
      apart[apart.length - 1] = { offset: last.offset, length: span.offset + span.length - last.offset };
  }
  return apart;
}
