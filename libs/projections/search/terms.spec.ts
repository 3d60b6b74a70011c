import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/support/random.js';
import { snippetOf } from './snippet.js';
import { spansOf, termsOf } from './terms.js';
import { wordsOf } from './words.js';

/** What is highlighted of a text; null: it is not found. */
const found = (query: string, text: string): string[] | null =>
  spansOf(termsOf(query), text)?.map(({ offset, length }) => text.slice(offset, offset + length)) ?? null;

describe('words', () => {
  // Seen failing with accents taken from all marks, and without the way by capitals.
  it.each([
    ['STRASSE', 'die Straße', ['Straße']],
    ['angstrom', 'Ångström', ['Ångström']],
    ['lodz', 'ŁÓDŹ', ['ŁÓDŹ']],
    ['οδος', 'ΟΔΟΣ', ['ΟΔΟΣ']],
    ['елка', 'Ёлка', ['Ёлка']],
    ['fish', 'ﬁsh', ['ﬁsh']],
    ['résumé', 're\u{301}sume\u{301}', ['re\u{301}sume\u{301}']],
    ['שלום', 'שָׁלוֹם', ['שָׁלוֹם']],
    ['हिन्दी', 'यह हिन्दी है', ['हिन्दी']],
    ['हन्द', 'यह हिन्दी है', null],
    ['ガギ', 'ｶﾞｷﾞ', ['ｶﾞｷﾞ']],
    ['tokyo', '今日はTOKYOに', ['TOKYO']],
    ['don’t', "I don't", ['don', 't']],
    ['🎉', 'done 🎉🎉', ['🎉🎉']],
    ['🇩🇪', '🇪🇩🇪', null],
  ])('%s in %s', (query, text, highlights) => {
    expect(found(query, text)).toEqual(highlights);
  });

  it('all of them must stand there; the last one may go on, unless something follows it', () => {
    expect(found('dinner sta', 'at the station, dinner')).toEqual(['station', 'dinner']);
    expect(found('sta dinner', 'at the station, dinner')).toBe(null);
    expect(found('sta ', 'station')).toBe(null);
    expect(found('sta.', 'station')).toBe(null);
    // Nearly everything begins with some letter.
    expect(found('s', 'station')).toBe(null);
    expect(found('s', 'plan S')).toEqual(['S']);
  });

  it('between quotes they stand one after the other', () => {
    expect(found('"new york"', 'New\n York')).toEqual(['New\n York']);
    expect(found('"new york"', 'york new')).toBe(null);
    expect(found('“new yo', 'new york')).toEqual(['new york']);
    expect(found('"new yo"', 'new york')).toBe(null);
    expect(found('"a b" c', 'c a b')).toEqual(['c', 'a b']);
    expect(found('""" "', 'anything')).toEqual([]);
  });

  it('of what has no word breaks any part is found, and not over a space', () => {
    expect(found('京タ', '東京タワー')).toEqual(['京タ']);
    expect(found('京ワ', '東京タワー')).toBe(null);
    expect(found('東京', '東 京')).toBe(null);
    expect(found('ข้าว', 'กินข้าวที่ไหน')).toEqual(['ข้าว']);
    expect(found('학교', '우리 학교에서')).toEqual(['학교']);
  });

  it.each(['& | ! <-> :*', "'); drop", '\\', '()', '%_', '\u{301}', '"', ''])(
    '%s is nothing, or words',
    (query) => {
      expect(found(query, 'some words; drop them')).not.toBe(null);
    },
  );

  it('whatever text it is, each of its words finds it', () => {
    const random = seededRandom('words find');
    const pieces = [
      'Ab',
      'é',
      'ß',
      ' ',
      ' ',
      '.',
      '日本',
      '語',
      'กิ',
      '학',
      '🎉',
      '1',
      "'",
      '\n',
      'ｶﾞ',
      '\u{301}',
    ];
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 12 }, () => random.pick(pieces)).join('');
      for (const { offset, length } of wordsOf(text)) {
        const word = text.slice(offset, offset + length);
        expect(found(`${word} `, text), JSON.stringify([word, text])).not.toBe(null);
      }
    }
  });
});

describe('snippets', () => {
  const shown = (query: string, text: string) => {
    const { snippet, highlights } = snippetOf(text, spansOf(termsOf(query), text)!);
    return {
      snippet,
      marked: highlights.map(({ offset, length }) => snippet.slice(offset, offset + length)),
    };
  };

  it('are whole when they are short, else begin a little before what was found', () => {
    expect(shown('two', 'one two')).toEqual({ snippet: 'one two', marked: ['two'] });
    const text = `${'before '.repeat(100)}needle ${'after '.repeat(100)}needle`;
    const { snippet, marked } = shown('needle', text);
    expect(marked).toEqual(['needle']);
    expect(snippet).toMatch(/^…before (before )+needle (after )+after ?…$/);
    expect(snippet.length).toBeLessThanOrEqual(162);
    expect(shown('needle', `${'before '.repeat(100)}needle`).snippet).toMatch(/before needle$/);
  });

  // Seen failing with the ends cut at any unit.
  it('are never cut within what is seen as one character', () => {
    const family = '👩‍👩‍👧‍👦';
    for (let shift = 0; shift < 12; shift++) {
      const text = `${'x'.repeat(shift)}${family.repeat(30)} needle ${family.repeat(30)}`;
      const { snippet, marked } = shown('needle', text);
      expect(marked).toEqual(['needle']);
      const families = snippet.replaceAll('…', '').replace(/x*/, '').split(' needle ');
      for (const side of families) expect(side.replaceAll(family, '')).toBe('');
      expect(snippet.isWellFormed()).toBe(true);
    }
  });

  it('of one character that is longer than a snippet there is none', () => {
    expect(shown('a', `a${'\u{301}'.repeat(500)}`).snippet).toBe('…');
  });
});
