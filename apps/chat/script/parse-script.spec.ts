import { describe, expect, test } from 'vitest';
import { parseScript, ScriptMistakes } from './parse-script.js';

const parse = (...lines: string[]) => parseScript(lines.join('\n'), false);

function mistakesOf(lines: readonly string[], hasOwnPerson = false): readonly string[] {
  try {
    parseScript(lines.join('\n'), hasOwnPerson);
  } catch (error) {
    if (error instanceof ScriptMistakes) return error.mistakes;
    throw error;
  }
  return [];
}

const ann = 'actor ann +15550100 "Ann"';

describe('a script', () => {
  test('declares people and devices, and says what each does', () => {
    const steps = parse(
      '# told to nobody',
      '',
      ann,
      'actor laptop of ann',
      'tell They meet.',
      '@ann: /chats',
    );
    expect(steps).toEqual([
      { line: 3, source: ann, kind: 'actor', name: 'ann', phone: '+15550100', displayName: 'Ann' },
      { line: 4, source: 'actor laptop of ann', kind: 'another_device', name: 'laptop', of: 'ann' },
      { line: 5, source: 'tell They meet.', kind: 'tell', text: 'They meet.' },
      { line: 6, source: '@ann: /chats', kind: 'enter', who: 'ann', text: '/chats' },
    ]);
  });

  test('may be one person’s, who needs no name', () => {
    expect(parseScript('hello\nexpect /hi/', true)).toMatchObject([
      { kind: 'enter', who: '', text: 'hello' },
      { kind: 'expect', who: '' },
    ]);
  });

  test.for([
    ['expect /hi (there)?/i', /hi (there)?/iu, false, 20_000],
    ['expect /a\\/b/ within 30s', /a\/b/u, false, 30_000],
    ['expect "1 + 1 = 2?"', /1 \+ 1 = 2\?/, false, 20_000],
    ['expect no /twice/ within 250ms', /twice/u, true, 250],
  ] as const)('%s', ([line, pattern, isAbsent, withinMs]) => {
    expect(parse(ann, `@ann: ${line}`)[1]).toMatchObject({ kind: 'expect', pattern, isAbsent, withinMs });
  });

  test('waits, switches, and says what would be words of the script', () => {
    const lines = ['wait read within 2s', 'offline', 'stop', 'say wait for me', 'offline for a while'];
    expect(parse(ann, ...lines.map((line) => `@ann: ${line}`)).slice(1)).toMatchObject([
      { kind: 'wait', condition: 'read', withinMs: 2_000 },
      { kind: 'switch', to: 'offline' },
      { kind: 'switch', to: 'stop' },
      { kind: 'enter', text: 'wait for me' },
      { kind: 'enter', text: 'offline for a while' },
    ]);
  });
});

describe('a mistake', () => {
  test.for([
    ['hello', 'who does this?'],
    ['@bob: hello', 'there is no actor bob'],
    ['actor bob', 'an actor is declared as'],
    ['actor bob 15550100', 'an actor is declared as'],
    ['actor tablet of bob', 'there is no actor bob'],
    [ann, 'there is an actor ann already'],
    ['@ann:', 'nothing is said here'],
    ['@ann: expect me at five', 'say expect me at five'],
    ['@ann: expect /(/', 'Invalid regular expression'],
    ['@ann: expect /a/ within reason', 'within reason?'],
    ['@ann: wait for me', 'say wait for me'],
    ['@ann: /with {bob}', '{bob} stands for'],
  ])('%j is told with its line: %s', ([line, told]) => {
    expect(mistakesOf([ann, line!])).toEqual([expect.stringContaining(`line 2: `)]);
    expect(mistakesOf([ann, line!])[0]).toContain(told);
  });

  test('all of a script are told at once', () => {
    expect(mistakesOf(['hello', ann, '@bob: hi', '@ann: wait'])).toHaveLength(3);
  });
});
