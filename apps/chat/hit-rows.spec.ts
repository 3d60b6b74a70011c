import { expect, test } from 'vitest';
import { hitRows, type NamedHit } from './hit-rows.js';
import { plainLook, terminalColours } from './look.js';

const hit = (
  seq: number,
  snippet: string,
  highlights: NamedHit['hit']['highlights'],
  chat = 'Our trip',
): NamedHit => ({
  hit: {
    chat_id: 'c',
    seq,
    sender_id: 'a',
    date_ms: new Date(2025, 10, 21, 9, 5).getTime(),
    snippet,
    highlights,
  },
  chat,
  sender: 'Ann',
});

test('a row a hit, numbered; what others wrote is harmless', () => {
  const hits = [hit(7, 'who \u001b[2J drives?', []), hit(120, 'a drive\nhome', [], 'Bob')];
  expect(hitRows(hits, plainLook)).toEqual([
    '1  Our trip  #7    21/11/25  Ann: who [2J drives?',
    '2  Bob       #120  21/11/25  Ann: a drive ⏎ home',
  ]);
});

// Seen failing with the places taken in the text that control characters were removed from.
test('what was found stands out', () => {
  const look = { columns: 60, colours: { ...terminalColours, strong: (text: string) => `*${text}*` } };
  const rows = hitRows(
    [
      hit(7, '\u0007new york, new', [
        { offset: 1, length: 8 },
        { offset: 11, length: 3 },
      ]),
    ],
    look,
  );
  expect(rows.join('\n')).toContain('*new* *york*, *new*');
});
