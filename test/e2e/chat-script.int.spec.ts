/**
 * Scripts of the terminal client, played by the built program against the real system. Each way to fail is seen failing:
 * a script whose expectations cannot fail would prove nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { playChatScript, type Played } from '../support/chat-script.js';
import { startLayout, type Layout } from '../support/layout.js';

let odnix: Layout;

beforeAll(async () => {
  odnix = await startLayout();
});

const play = (...lines: string[]): Promise<Played> =>
  playChatScript(['-', '--url', odnix.url], lines.join('\n'));

const couple = [
  'actor ann +1555??????? "Ann"',
  'actor bob +1555??????? "Bob"',
  '@ann: /with {bob}',
  '@bob: expect /New chat: Ann/',
  '@bob: /open Ann',
];

test('the demonstration of two phones and a laptop goes as it says', async () => {
  const demo = join(import.meta.dirname, '../../apps/chat/demo.script');
  const { exitCode, output, errors } = await playChatScript([demo, '--url', odnix.url]);
  expect([exitCode, errors]).toEqual([0, '']);
  expect(output).toMatch(/^laptop │ #4 .*by the river/m);
});

test('the example of the documentation goes as it says', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/chat.md'), 'utf8');
  const [, script] = /```\n(# [^`]*actor [^`]*)```/.exec(page)!;
  const { exitCode, errors } = await play(script!);
  expect([exitCode, errors]).toEqual([0, '']);
});

test('a group changes, older messages are turned back to, and who was removed is out', async () => {
  const { exitCode, errors, output } = await play(
    ...couple,
    'actor cleo +1555??????? "Cleo"',
    '@ann: /group Team {bob}',
    '@ann: /add {cleo}',
    '@cleo: expect /New chat: Team/',
    '@bob: expect /In Team: Ann added Cleo/',
    '@cleo: /open Team',
    ...Array.from({ length: 25 }, (_, index) => `@cleo: note ${index + 1}.`),
    '@cleo: wait sent',
    '@bob: expect /In Team: Cleo: note 25\\./',
    '@bob: /open Team',
    '@bob: expect /note 25\\./',
    '@bob: /more 3',
    '@bob: expect /note 3\\./',
    '@bob: expect /note 5\\./',
    '@bob: /more',
    '@bob: expect /Ann began the group/',
    '@bob: expect /That was the beginning/',
    '@bob: @cleo, see https://a.example/ tonight',
    '@bob: wait sent',
    '@cleo: expect /@cleo, see https/',
    '@bob: wait read',
    '@bob: /edit . @Cleo: tonight',
    '@cleo: expect /edited #\\d+: @Cleo: tonight/',
    '@cleo: /react . party',
    '@bob: expect /Cleo reacted 🎉/',
    '@bob: /info .',
    '@bob: expect /read by .*\\d\\d:\\d\\d/',
    '@bob: expect /🎉 +Cleo/',
    '@bob: expect /before .*@cleo, see https/',
    '@bob: /search note 2',
    '@bob: expect /1 {2}Team {2}#\\d+ .* Cleo: note 2\\./',
    '@bob: /jump #4',
    '@bob: expect /#4 .*note 2\\./',
    '@bob: /remove Cleo',
    '@bob: expect "(FORBIDDEN)"',
    '@ann: /rename Crew',
    '@bob: expect /Ann named the group .Crew/',
    '@ann: /allow write admin',
    '@bob: expect /Crew: from admin up may write/',
    '@bob: May I?',
    '@bob: expect /! Only the owner and admins may write here/',
    '@bob: /describe nothing',
    '@bob: expect /! Only the owner and admins may change the group. .FORBIDDEN/',
    '@ann: /role bob admin',
    '@bob: expect /Ann changed what you may do/',
    '@bob: /ban Cleo',
    '@cleo: expect /no longer in/',
    '@ann: expect /Cleo is banned from Crew/',
    '@ann: /add {cleo}',
    '@ann: expect "(BANNED)"',
    '@bob: /banned',
    '@bob: expect /  Cleo/',
    '@cleo: Am I still here?',
    '@cleo: expect /! No chat is open/',
    '@ann: /members',
    '@ann: expect /  Bob/',
    '@ann: expect no /  Cleo/',
  );
  expect([exitCode, errors]).toEqual([0, '']);
  expect(output).toMatch(/bob +│ #2 .* Ann added Cleo/);
});

test('who writes may be told of it, and nothing goes wrong where the server has no such method', async () => {
  const { exitCode, errors } = await play(
    ...couple,
    '@ann: typing',
    '@ann: written at last',
    '@ann: wait read',
    '@bob: expect /written at last/',
  );
  expect([exitCode, errors]).toEqual([0, '']);
});

test('a device that is started without a network shows what it has, and sends later what was written', async () => {
  const { exitCode, errors, output } = await play(
    ...couple,
    '@ann: before',
    '@bob: expect /before/',
    '@bob: an answer',
    '@ann: expect /an answer/',
    '@bob: wait read',
    '@ann: offline',
    '@ann: written offline',
    '@ann: expect /#· .* you: written offline {2}·/',
    '@ann: /edit 1 before the tunnel',
    '@ann: expect /you edited #1: before the tunnel {2}·/',
    '@ann: /react 2 heart',
    '@ann: expect /you reacted ❤️ to #2 {2}·/',
    '@ann: a mistake',
    '@ann: /delete .',
    '@ann: /edit . written in the tunnel',
    '@ann: /status',
    '@ann: expect /to be sent {2}3/',
    '@ann: stop',
    '@bob: while Ann is away',
    '@bob: wait sent',
    '@bob: expect no /written|edited|reacted/',
    '@ann: start',
    '@ann: expect /Offline/',
    '@ann: /open Bob',
    '@ann: expect /#1 .*before the tunnel {2}\\(edited\\)/',
    '@ann: expect /#· .*written in the tunnel/',
    '@bob: expect no /written|edited|reacted/',
    '@ann: online',
    '@ann: expect /Connected. 1 new in Bob/',
    '@ann: expect /#3 .*while Ann is away/',
    '@ann: expect /#4 .*written in the tunnel/',
    '@bob: expect /#4 .*Ann: written in the tunnel/',
    '@bob: expect /Ann edited #1: before the tunnel/',
    '@bob: expect /Ann reacted ❤️ to #2/',
    '@ann: /open Bob',
    '@ann: expect /#1 .*before the tunnel {2}\\(edited\\) {2}✓✓/',
    '@ann: expect /#2 .*an answer {2}❤️1/',
    '@bob: expect no /a mistake/',
  );
  expect([exitCode, errors]).toEqual([0, '']);
  expect(output.match(/bob +│ #\d+ .*: written in the tunnel/g)).toHaveLength(1);
});

describe('a script that does not go as it says ends with 1, and says where and what was there', () => {
  test.for([
    ['a line that never comes', ['@bob: expect /never/ within 200ms'], /line 6: .*\n.*within 200 ms/],
    [
      'a line that must not come',
      ['@ann: hi', '@bob: expect /hi/', '@bob: /open Ann', '@bob: expect no /hi/'],
      /all the same:\n.*: hi/,
    ],
    [
      'lines in another order',
      ['@ann: one', '@ann: two', '@bob: expect /two/', '@bob: expect /one/ within 200ms'],
      /line 9/,
    ],
    ['a refusal nobody expects', ['@bob: /dance', '@ann: hi'], /at the end: bob.*\n.*There is no \/dance/],
    [
      'a refusal before the next step',
      ['@ann: /dance', '@ann: hi'],
      /line 7: .*\n.*went wrong.*\n.*There is no \/dance/,
    ],
    [
      'a wait in vain',
      ['@bob: stop', '@ann: hi', '@ann: wait read within 300ms'],
      /the last own message is (pending|sent|delivered)/,
    ],
    ['messages left unsent', ['@ann: offline', '@ann: hi'], /at the end: 1 of ann's messages/],
  ] as const)('%s', async ([, lines, told]) => {
    const { exitCode, errors } = await play(...couple, ...lines);
    expect(errors).toMatch(told);
    expect(exitCode).toBe(1);
  });

  test('and one that cannot be read with 2, before anything is done', async () => {
    const { exitCode, errors, output } = await play(...couple, '@ann: wait a moment', 'hello');
    expect([exitCode, output]).toEqual([2, '']);
    expect(errors).toMatch(/line 6: wait for what\?.*\nline 7: who does this\?/);
  });
});
