import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padded, rowsOf, truncated, widthOf, wrapped } from './text-width.js';

describe('width', () => {
  test.for([
    ['hello', 5],
    ['日本', 4],
    ['\u001b[1mbold\u001b[22m', 4],
    ['é', 1],
    ['👍', 2],
    // One glyph or three, as the terminal likes: the most is taken.
    ['👩‍👩‍👧', 6],
    ['', 0],
  ] as const)('of %j is %d', ([text, columns]) => {
    expect(widthOf(text)).toBe(columns);
  });

  test.for([
    ['short', 10, 'short'],
    ['a long name', 7, 'a long…'],
    ['日本語の名前', 6, '日本…'],
    ['👩‍👩‍👧 family', 5, '…'],
  ] as const)('%j in %d columns is %j', ([text, columns, shown]) => {
    expect(truncated(text, columns)).toBe(shown);
  });

  test('columns stand under each other also after wide characters', () => {
    expect([padded('日本', 6), padded('Ann', 6)]).toEqual(['日本  ', 'Ann   ']);
  });
});

test.for([
  ['short', 10, 1],
  ['exactly ten', 11, 2],
  ['twenty-one characters', 10, 3],
  // The second wide character has no room in the first row's last column.
  ['日本', 3, 2],
  ['👩‍👩‍👧', 10, null],
] as const)('%j in a terminal of %d columns takes rows: %j', ([text, columns, rows]) => {
  expect(rowsOf(text, columns)).toBe(rows);
});

describe('wrapping', () => {
  test('breaks between words, and indents what follows', () => {
    expect(wrapped('#1 Ann: a few words of hers', 14, 3)).toEqual([
      '#1 Ann: a few',
      '   words of',
      '   hers',
    ]);
  });

  test('keeps what a row begins with', () => {
    expect(wrapped('  /open N   open a chat', 14, 4)).toEqual(['  /open N', '    open a', '    chat']);
  });

  test('cuts what has no place to break', () => {
    expect(wrapped('see http://a.example/long/way', 12, 2)).toEqual([
      'see',
      '  http://a.e',
      '  xample/lon',
      '  g/way',
    ]);
  });

  test('no row is too wide, and nothing but spaces is lost', { timeout: 60_000 }, () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 12, max: 40 }), fc.nat(30), (words, columns, spaces) => {
        const text = ' '.repeat(spaces) + words.join(' ').replace(/\p{Cc}/gu, '');
        const rows = wrapped(text, columns, 2);
        for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(columns);
        expect(rows.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
      { verbose: true, numRuns: 50 },
    );
  });
});
