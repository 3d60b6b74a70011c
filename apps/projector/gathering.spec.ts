/** Seen failing: with enough waiting it rests as well; without a bound. */
import { expect, test } from 'vitest';
import { gatheringMs } from './gathering.js';

test('rests in proportion, up to a bound, not while enough is waiting, and not for accounts', () => {
  expect(gatheringMs('CHAT', 1, 0)).toBeGreaterThan(10);
  expect(gatheringMs('CHAT', 2, 0)).toBe(2 * gatheringMs('CHAT', 1, 0));
  expect(gatheringMs('CHAT', 10_000, 0)).toBeLessThanOrEqual(250);
  expect(gatheringMs('CHAT', 10_000, 1)).toBe(gatheringMs('CHAT', 10_000, 0));
  expect(gatheringMs('CHAT', 10_000, 100)).toBe(0);
  expect(gatheringMs('ACCOUNT', 10_000, 0)).toBe(0);
});
