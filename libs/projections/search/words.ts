/**
 * What of a text can be searched. A word is letters and digits; in scripts that put no spaces between words each letter is one,
 * joined to the next; an emoji is a word. Case, accents and widths do not count.
 *
 * The index holds what this made of each message: to change it is a new version of the projection (docs/versions.md).
 */

export interface Word {
  /** As it is compared. */
  readonly text: string;
  /** In the text, in UTF-16 units. */
  readonly offset: number;
  readonly length: number;
  /** `letter`: of a script without word breaks, with its marks. */
  readonly kind: 'word' | 'letter' | 'emoji';
  /** A letter that follows the one before it immediately. */
  readonly isJoined: boolean;
}

/** What is longer is compared by its beginning: addresses, keys. */
const word_chars_max = 64;

const unbroken = [
  'Han Hiragana Katakana Bopomofo Hangul Yi Thai Lao Khmer Myanmar',
  'Tibetan Tai_Le New_Tai_Lue Tai_Tham Tai_Viet Javanese Balinese',
]
  .flatMap((names) => names.split(' '))
  .map((name) => String.raw`\p{scx=${name}}`)
  .join('');
/** The marks of half-width kana are letters of their own. */
const marks = String.raw`[\p{M}\u{ff9e}\u{ff9f}]*`;
const letter = String.raw`[[${unbroken}]&&[\p{L}\p{N}]]${marks}`;
const spaced = String.raw`(?:[[\p{L}\p{N}]--[${unbroken}]]\p{M}*)+`;
const emoji = String.raw`\p{RI}{2}|\p{Extended_Pictographic}`;
const anyWord = new RegExp(`(?<letter>${letter})|(?<word>${spaced})|(?<emoji>${emoji})`, 'gv');

/** In the order of the text. */
export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  let endOfLetter = -1;
  for (const { 0: found, index: offset, groups } of text.matchAll(anyWord)) {
    const kind = groups!.letter !== undefined ? 'letter' : groups!.word !== undefined ? 'word' : 'emoji';
    const isJoined = kind === 'letter' && offset === endOfLetter;
    if (kind === 'letter') endOfLetter = offset + found.length;
    words.push({ text: compared(found), offset, length: found.length, kind, isJoined });
  }
  return words;
}

/** Accents of Latin, Greek and Cyrillic; vowel points of Hebrew and Arabic. Marks of other scripts are parts of their words. */
const accents = /[\u{300}-\u{36f}\u{591}-\u{5c7}\u{610}-\u{61a}\u{64b}-\u{65f}\u{670}]/gu;
/** Letters with a stroke, which no accent can be taken from. */
const plain: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ς: 'σ' };

/** By way of capitals, so that ß is ss and the letters that have two small forms are one. */
function compared(word: string): string {
  const bare = word.normalize('NFKD').replace(accents, '').toUpperCase().toLowerCase();
  const folded = bare.replace(/[øłđæœς]/gu, (one) => plain[one]!).normalize('NFC');
  return folded.length <= word_chars_max ? folded : [...folded].slice(0, word_chars_max).join('');
}
