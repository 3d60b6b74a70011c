import { expect, test } from 'vitest';
import { leavings } from './draining.js';

const times = { reconnect_after_ms: 1_000, drain_ms: 1_500, leaving_per_s: 1_000, leaving_ms_max: 5_000 };

test('a few leave at once', () => {
  expect(leavings(1, times, () => 0.5)).toEqual([{ reconnect_after_ms: 1_000, close_after_ms: 1_500 }]);
  expect(leavings(0, times)).toEqual([]);
});

// Seen failing with everybody's time drawn from the whole span, and with nothing added to it.
test.for([
  [3_000, 3_000],
  [20_000, 5_000],
] as const)('%i leave evenly over %i ms, each with the time to', ([count, spanMs]) => {
  const all = leavings(count, times);
  const perTenth = Map.groupBy(all, (one) => Math.floor((one.reconnect_after_ms - 1_000) / (spanMs / 10)));
  expect([...perTenth.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const part of perTenth.values())
    expect(Math.abs(part.length - count / 10)).toBeLessThanOrEqual(count / 1_000);
  for (const { reconnect_after_ms, close_after_ms } of all)
    expect(close_after_ms - reconnect_after_ms).toBe(500);
});
