/** Seen failing with the shortest name taken, with addresses that take the sentence's end along, and with passwords taken. */
import { expect, test } from 'vitest';
import { terminalColours } from './look.js';
import { entityText } from './entity-text.js';
import { typedContent } from './typed-content.js';

const people = [
  { user_id: 'ann', name: 'Ann' },
  { user_id: 'bell', name: 'Ann Bell' },
];
const found = (text: string) => {
  const { entities = [] } = typedContent(text, people) as { entities?: { offset: number; length: number }[] };
  return entities.map(({ offset, length, ...what }) => [text.slice(offset, offset + length), what]);
};

test('links and names in what was typed', () => {
  expect(found('🥾 @ann bell, see https://a.example/x?q=1). @Ann!')).toEqual([
    ['@ann bell', { type: 'mention', user_id: 'bell' }],
    ['https://a.example/x?q=1', { type: 'link' }],
    ['@Ann', { type: 'mention', user_id: 'ann' }],
  ]);
  for (const text of [
    'mail ann@ann.example',
    '@annbell',
    '@bob',
    'https://',
    'https://u:p@a.example',
    'http',
  ])
    expect(typedContent(text, people)).toEqual({ type: 'text', text });
  expect(found('https://a.example/@ann')).toEqual([['https://a.example/@ann', { type: 'link' }]]);
});

test('where a link leads is shown, and what is hidden is not', () => {
  const text = 'my bank, or Ann\u001b[2J';
  const entities = [
    { type: 'text_link', offset: 0, length: 7, url: 'https://evil.example/' },
    { type: 'bold', offset: 3, length: 4 },
    { type: 'spoiler', offset: 9, length: 2 },
  ] as const;
  expect(entityText(text, entities)).toBe('my bank (https://evil.example/), ▒▒▒▒ Ann[2J');
  const mention = { type: 'mention', offset: 0, length: 3, user_id: '1' } as const;
  const name = terminalColours.person('Ann', '1');
  expect(entityText('Ann, x', [mention], terminalColours)).toBe(`${name}, x`);
  expect(entityText('plain')).toBe('plain');
});
