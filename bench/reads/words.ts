/** Texts as chats have them: about eight words, of which few are common and most are rare. */
import type { Random } from '../../test/support/random.js';

const vocabulary_words = 20_000;
const text_words_max = 15;
const syllables = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za'.split(' ');

/** The `rank`th most common one, from 0. */
export function wordOf(rank: number): string {
  let word = '';
  for (let rest = rank + 1; rest > 0; rest = Math.floor(rest / syllables.length))
    word += syllables[rest % syllables.length]!;
  return word;
}

const words = Array.from({ length: vocabulary_words }, (_, rank) => wordOf(rank));

export function textOf(random: Random): string {
  const count = 1 + random.integer(text_words_max);
  return Array.from({ length: count }, () => words[rankOf(random)]!).join(' ');
}

/** Each word half as often as the one of half its rank (Zipf's law), nearly. */
const rankOf = (random: Random): number =>
  Math.floor(vocabulary_words ** (random.integer(1_000_000) / 1_000_000)) - 1;
