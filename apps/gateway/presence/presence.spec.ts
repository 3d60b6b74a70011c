/** Seen failing with dead gateways counted as places, their ends not kept, and a later stay's end lost to an earlier one. */
import { expect, test } from 'vitest';
import { nowhere, readPresenceEntry } from '#streams/presence-entry.js';
import { presenceIn, withoutPlace, withPlace, type EndOf } from './presence.js';

const [one, two, three] = [1, 2, 3].map((n) => `0198c5a0-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const allLive: EndOf = () => null;
const ended =
  (ends: Readonly<Record<string, number>>): EndOf =>
  (gateway) =>
    ends[gateway] ?? null;

test('online while one gateway lives that has them; then seen when the last of all was there', () => {
  const entry = withPlace(withPlace(nowhere, one, 100, allLive), two, 200, allLive);
  expect(presenceIn(nowhere, allLive)).toEqual({ status: 'offline' });
  expect(presenceIn(entry, allLive)).toEqual({ status: 'online' });
  expect(presenceIn(entry, ended({ [one]: 900 }))).toEqual({ status: 'online' });
  expect(presenceIn(entry, ended({ [one]: 900, [two]: 800 }))).toEqual({
    status: 'offline',
    last_seen_ms: 900,
  });
  const left = withoutPlace(withoutPlace(entry, two, 700, allLive), one, 600, allLive);
  expect(left).toEqual({ at: {}, last_seen_ms: 700 });
});

test('of a gateway that nobody remembers they were seen when they came, at least', () => {
  expect(presenceIn({ at: { [one]: 100 }, last_seen_ms: 50 }, ended({ [one]: 0 }))).toEqual({
    status: 'offline',
    last_seen_ms: 100,
  });
});

test('coming again changes nothing, but takes out who is gone; leaving counts where others had taken them out', () => {
  const entry = withPlace(nowhere, one, 100, allLive);
  expect(withPlace(entry, one, 300, allLive)).toBe(entry);
  const both = withPlace(entry, two, 200, allLive);
  expect(withPlace(both, one, 300, ended({ [two]: 250 }))).toEqual({ at: { [one]: 100 }, last_seen_ms: 250 });
  // Its own gateway is never gone, whatever the others think.
  expect(withPlace(both, one, 300, ended({ [one]: 150 }))).toBe(both);
  expect(withoutPlace({ at: { [three]: 5 }, last_seen_ms: 20 }, one, 400, allLive)).toEqual({
    at: { [three]: 5 },
    last_seen_ms: 400,
  });
});

test('places are bounded: the newest stay', () => {
  let entry = nowhere;
  const gateway = (n: number) => `0198c5a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
  for (let n = 1; n <= 100; n++) entry = withPlace(entry, gateway(n), n, allLive);
  expect(Object.keys(entry.at)).toHaveLength(32);
  expect(entry.at[gateway(100)]).toBe(100);
  expect(entry.at[gateway(69)]).toBe(69);
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"at":{"x":1},"last_seen_ms":null}',
  '{"at":{},"last_seen_ms":"1"}',
  `{"at":{"${one}":-1},"last_seen_ms":null}`,
])('%j is no entry, and counts as nothing', (text) => {
  expect(readPresenceEntry(text)).toBe(nowhere);
});
