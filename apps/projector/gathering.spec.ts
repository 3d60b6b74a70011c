/** Seen failing: with enough waiting it rests as well; without a bound. */
import { expect, test } from 'vitest';
import { gatheringMs } from './gathering.js';

test('rests in proportion, up to a bound, and not while enough is waiting', () => {
  expect(gatheringMs(1, 0)).toBeGreaterThan(10);
  expect(gatheringMs(2, 0)).toBe(2 * gatheringMs(1, 0));
  expect(gatheringMs(10_000, 0)).toBeLessThanOrEqual(250);
  expect(gatheringMs(10_000, 1)).toBe(gatheringMs(10_000, 0));
  expect(gatheringMs(10_000, 100)).toBe(0);
});
