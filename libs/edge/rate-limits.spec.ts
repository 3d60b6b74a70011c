/** The tables of docs/limits.md are made from the code: `npm run generate:limits` after a change of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { methods } from '#protocol/methods.js';
import { rate_counter_ms } from '#streams/topology.js';
import { callerRates, chatBound, chatRates, pairRates } from './rate-limits.js';
import { rateOfEndpoint, rateOfMethod, userRates } from './rate-limits.js';
import { shares } from './shared-limits.js';
import type { Rate } from './token-bucket.js';

const page = join(import.meta.dirname, '../../docs/limits.md');
const all: Record<string, Rate> = { ...userRates, ...chatRates, ...pairRates, ...callerRates };

test('every method has its entry, and no other', () => {
  expect(Object.keys(rateOfMethod).sort()).toEqual(Object.keys(methods).sort());
});

test.for(Object.entries(all))(
  '%s: a counter is whole again before it is forgotten',
  ([, { burst, per_s }]) => {
    expect((burst / per_s) * 1_000).toBeLessThan(rate_counter_ms);
    // Each process has at least one of its own.
    expect(burst * shares.own).toBeGreaterThanOrEqual(1);
  },
);

test('docs/limits.md shows what the code gives', async () => {
  const [before, , after] = readFileSync(page, 'utf8').split(/<!-- (?:made from the code|end) -->\n/);
  const made = `${before}<!-- made from the code -->\n\n${tables()}\n<!-- end -->\n${after}`;
  const formatted = await format(made, { ...(await resolveConfig(page)), filepath: page });
  await expect(formatted).toMatchFileSnapshot(page);
});

const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;

function tables(): string {
  const asks = Object.entries({ ...rateOfMethod, ...rateOfEndpoint });
  const named = (rate: string) => asks.filter(([, its]) => its === rate).map(([name]) => `\`${name}\``);
  return [
    row('of a user', 'at once', 'then a second', 'for'),
    row('---', '---', '---', '---'),
    ...Object.entries(userRates).map(([name, { burst, per_s }]) =>
      row(name, burst, per_s, named(name).join(', ')),
    ),
    '',
    row('of', 'at once', 'then a second', 'counts'),
    row('---', '---', '---', '---'),
    row('one member in one chat', chatRates.member.burst, chatRates.member.per_s, [...chatBound].join(', ')),
    row('one chat', chatRates.chat.burst, chatRates.chat.per_s, 'the same, of all members'),
    row('calls to one person', pairRates.calls.burst, pairRates.calls.per_s, '`calls.request`'),
    row('one device', callerRates.device.burst, callerRates.device.per_s, 'everything'),
    row('one address', callerRates.address.burst, callerRates.address.per_s, 'everything, signed in or not'),
  ].join('\n');
}
