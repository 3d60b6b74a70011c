/** Seen failing with accents kept, with pairs over a space, and with the mark of half-width kana taken for a letter, in one of the two. */
import { expect, it } from 'vitest';
import { tsvectorOf } from '#projections/search/lexemes.js';
import { wordsOf } from '#projections/search/words.js';
import { seededRandom } from '../../../test/support/random.js';
import { foundBy } from './found-by.js';

const chatId = '0198c5a0-0000-7000-8000-0000abcdef01';
/** By bytes, as PostgreSQL keeps them. */
const sorted = (vector: string | null): string | null =>
  vector === null
    ? null
    : vector
        .split(/ (?=')/)
        .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
        .join(' ');

const pieces = [
  "a É ß Œ e\u{301} ς Й ﬁ 7 ½ ① ' \\ - .",
  '日 本 か\u{3099} カ ｶ ﾞ ー 々 กิ น ข้ 학 교 ລາວ မ बि שָ بِ',
  '🎉 👍🏽 🇩 🇪 ❤\u{fe0f} \u{200d} \u{301} 𝒳 İ ı',
]
  .flatMap((some) => some.split(' '))
  .concat([' ', '\n', '\0', '\ud800']);

it('two opinions on what a text is found by are the same', () => {
  const random = seededRandom('found by');
  for (let round = 0; round < 3_000; round++) {
    const length = random.integer(30);
    const text = Array.from({ length }, () => random.pick(pieces)).join('');
    expect(foundBy(chatId, { type: 'text', text }), JSON.stringify(text)).toBe(
      sorted(tsvectorOf(chatId, wordsOf(text))),
    );
  }
  const long = `${'x'.repeat(300)} ${'again '.repeat(400)}`;
  expect(foundBy(chatId, { type: 'media', caption: long })).toBe(sorted(tsvectorOf(chatId, wordsOf(long))));
});

it('what nobody can look for stands in no index', () => {
  expect(foundBy(chatId, { type: 'text', text: '?! …' })).toBe(null);
  expect(foundBy(chatId, { type: 'encrypted', envelopes: [] })).toBe(null);
  expect(foundBy(chatId, { type: 'service', event: { kind: 'created', title: 'words' } })).toBe(null);
});
