/** Two people in two terminals while the whole system is stopped and started again, and killed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLayout, type Layout } from '../support/layout.js';
import { Terminals } from '../support/terminals.js';

let odnix: Layout;
const terminals = new Terminals(() => odnix.url, 15_551_900);

beforeAll(async () => {
  odnix = await startLayout({ alone: true });
});
afterAll(() => terminals.kill());

test('messages written without a server are kept, and sent by the next start', async () => {
  const { ann, bob, annsPhone, bobsPhone } = await terminals.couple();
  expect(await Promise.all([ann.end(), bob.end()])).toEqual([0, 0]);
  await odnix.stop();
  const alone = terminals.start(bobsPhone);
  await alone.shows(/Not connected to .* npm start/);
  alone.type('/open 1', 'written on a train', '/quit');
  expect(await alone.exited).toBe(1);
  expect(alone.output).toContain('1 of your messages wait');
  await odnix.start();
  expect(await terminals.start(bobsPhone).end()).toBe(0);
  const later = terminals.start(annsPhone);
  later.type('/open 1');
  await later.shows(/#1 .*: written on a train/);
  expect(await later.end()).toBe(0);
});

test('terminals stay open through a kill -9 of everything, and nothing they took is lost or doubled', async () => {
  const { ann, bob } = await terminals.couple();
  bob.type('before');
  await ann.shows(/#1 .*: before/);
  const lines = Array.from({ length: 20 }, (_, index) => `number ${index + 1}.`);
  bob.type(...lines);
  await bob.shows(/#2 .*number 1\./);
  await odnix.kill();
  await bob.shows(/Not connected/);
  bob.type('in between');
  await odnix.start();
  await bob.shows(/#22 .*you: in between/);
  for (const [index, line] of lines.entries()) {
    expect(bob.output.match(new RegExp(`#${index + 2} .*you: ${line}`, 'g'))).toHaveLength(1);
  }
  await ann.shows(/#22 .*: in between/);
  ann.type('/open 1');
  const latest = await ann.shows(/#13 [^]*#22 .*in between\n/);
  ann.type('/more 50');
  const older = await ann.shows(/#1 .*before[^]*#12 .*\n/);
  const texts = `${older}${latest}`
    .trim()
    .split('\n')
    .map((line) => /: (.*?)(?: {2}|$)/.exec(line)?.[1]);
  expect(texts).toEqual(['before', ...lines, 'in between']);
  await ann.shows(/That was the beginning/);
  expect(await Promise.all([ann.end(), bob.end()])).toEqual([0, 0]);
});
