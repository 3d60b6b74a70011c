/**
 * When keys sign and are accepted. Seen failing with a retired key that its predecessor replaces (`signingKey` taking the newest
 * that is not retired), with acceptance that ends when the successor begins, and with keys that sign as soon as they are made.
 */
import { describe, expect, test } from 'vitest';
import { access_expires_s } from './access-claims.js';
import {
  emptyRing,
  isAccepted,
  nextSignsFromMs,
  publish_ahead_ms,
  readRing,
  ring_keys_max,
  rotate_after_ms,
  signingKey,
  stateOf,
  withKey,
  withRetired,
  type KeyRing,
  type RingKey,
} from './key-ring.js';

const now = 1_800_000_000_000;
const minute = 60_000;
const key = (kid: string, signs_from_ms: number): RingKey => ({
  kid,
  x: kid,
  created_at_ms: signs_from_ms,
  signs_from_ms,
});
const ringOf = (...keys: RingKey[]): KeyRing => keys.reduce(withKey, emptyRing);
const [one, two] = [key('one', now), key('two', now + rotate_after_ms)];

test('an empty ring is due at once, and the first key signs at once', () => {
  expect(nextSignsFromMs(emptyRing, now)).toBe(now);
  expect(signingKey(ringOf(one), now)).toEqual(one);
  expect(signingKey(ringOf(one), now - 1)).toBeNull();
});

test('the next key is published a while before it signs, by age or when asked for, and once', () => {
  const ring = ringOf(one);
  const dueAt = now + rotate_after_ms - publish_ahead_ms;
  expect(nextSignsFromMs(ring, dueAt - 1)).toBeNull();
  expect(nextSignsFromMs(ring, dueAt)).toBe(now + rotate_after_ms);
  expect(nextSignsFromMs({ ...ring, rotation_asked_at_ms: 1 }, now + 5)).toBe(now + 5 + publish_ahead_ms);
  const published = ringOf(one, two);
  expect(nextSignsFromMs({ ...published, rotation_asked_at_ms: 1 }, dueAt)).toBeNull();
  expect(stateOf(published, two, dueAt)).toBe('next');
  expect(isAccepted(published, two, dueAt)).toBe(true);
  expect(signingKey(published, dueAt)).toEqual(one);
  expect(withKey({ ...ring, rotation_asked_at_ms: 1 }, two)).toEqual(published);
});

describe('a key that signs no more', () => {
  const ring = ringOf(one, two);
  const lastToken = two.signs_from_ms + access_expires_s * 1_000;

  test('is accepted for as long as a token of it may live', () => {
    expect(signingKey(ring, two.signs_from_ms)).toEqual(two);
    expect(isAccepted(ring, one, lastToken)).toBe(true);
    expect(isAccepted(ring, one, lastToken + 2 * minute)).toBe(false);
    expect(stateOf(ring, one, lastToken + 2 * minute)).toBe('expired');
  });

  test('does not come back when its successor is retired', () => {
    const retired = withRetired(ring, 'two', two.signs_from_ms)!;
    expect(signingKey(retired, two.signs_from_ms)).toBeNull();
    expect(nextSignsFromMs(retired, two.signs_from_ms)).toBe(two.signs_from_ms);
    expect(isAccepted(retired, one, lastToken + 2 * minute)).toBe(false);
  });
});

test('a retired key is accepted at no time; retiring is done once', () => {
  const ring = withRetired(ringOf(one, two), 'one', now + 1)!;
  expect(isAccepted(ring, ring.keys[0]!, now + 2)).toBe(false);
  expect(withRetired(ring, 'one', now + 2)).toBeNull();
  expect(withRetired(ring, 'none', now)).toBeNull();
});

test('old keys are forgotten, and a ring has an end', () => {
  const years = Array.from({ length: 40 }, (_, index) => key(`k${index}`, now + index * rotate_after_ms));
  const ring = ringOf(...years);
  expect(ring.keys.length).toBeLessThanOrEqual(3);
  expect(ring.keys.at(-1)).toEqual(years.at(-1));
  const hasty = ringOf(...Array.from({ length: 40 }, (_, index) => key(`k${index}`, now + index)));
  expect(hasty.keys).toHaveLength(ring_keys_max);
});

test('what is stored is checked when it is read', () => {
  const ring = withRetired(ringOf(one, two), 'one', now)!;
  expect(readRing(JSON.stringify(ring))).toEqual(ring);
  expect(() => readRing('{"keys":[{"kid":1}]}')).toThrow('.keys[0].kid');
});
