import { describe, expect, it } from 'vitest';
import { figure, isMet, markdownOf, shown } from './outcome.js';

describe('outcomes', () => {
  it('meet a target or miss it, and without a target neither', () => {
    expect(isMet(figure('p99', 10, 'ms', { at_most: 10 }))).toBe(true);
    expect(isMet(figure('p99', 10.1, 'ms', { at_most: 10 }))).toBe(false);
    expect(isMet(figure('ratio', 0.5, '', { at_least: 0.5 }))).toBe(true);
    expect(isMet(figure('ratio', Number.NaN, '', { at_least: 0.5 }))).toBe(false);
    expect(isMet(figure('messages', 7, '/s'))).toBeUndefined();
  });

  it('show three digits', () => {
    expect([0, 7, 0.1234, 1.234, 12.34, 123.4, 73_700, Number.NaN].map(shown)).toEqual([
      '0',
      '7',
      '0.12',
      '1.23',
      '12.3',
      '123',
      '73,700',
      '–',
    ]);
  });

  it('are Markdown with targets beside results', () => {
    const text = markdownOf({
      scenario: 'direct',
      settings: { layout: 'single', pairs: 200 },
      figures: [figure('p99', 12.34, 'ms', { at_most: 10 }), figure('messages', 7_000, '/s')],
      parts: ['Why.', { head: ['a', 'b'], rows: [[1, 'x']] }],
    });
    expect(text).toBe(
      [
        'Settings: layout single, pairs 200.',
        '| figure | value | target |\n| --- | --- | --- |\n| p99 | 12.3 ms | at most 10: **missed** |\n| messages | 7,000 /s |  |',
        'Why.',
        '| a | b |\n| --- | --- |\n| 1 | x |',
      ].join('\n\n'),
    );
  });
});
