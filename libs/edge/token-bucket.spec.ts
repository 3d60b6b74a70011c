/** Seen failing with the burst left out of `aheadMs`, and with `spentUntilMs` not brought up to now. */
import { expect, test } from 'vitest';
import { scaled, spend } from './token-bucket.js';

const rate = { burst: 3, per_s: 2 };

/** What each take at a time (ms) answers: 0, or how long to wait. */
function takes(...times: readonly number[]): number[] {
  let spentUntilMs = 0;
  return times.map((nowMs) => {
    const spent = spend(rate, spentUntilMs, nowMs);
    if ('waitMs' in spent) return spent.waitMs;
    spentUntilMs = spent.spentUntilMs;
    return 0;
  });
}

test('a burst at once, then one each time that one has grown', () => {
  expect(takes(1_000, 1_000, 1_000, 1_000, 1_400, 1_500, 1_500)).toEqual([0, 0, 0, 500, 100, 0, 500]);
});

test('however long the quiet, no more than the burst', () => {
  expect(takes(1_000, 9_000_000, 9_000_000, 9_000_000, 9_000_000)).toEqual([0, 0, 0, 0, 500]);
});

test('several tokens are given all or none', () => {
  const first = spend(rate, 0, 1_000, 2) as { spentUntilMs: number };
  expect(spend(rate, first.spentUntilMs, 1_000, 2)).toEqual({ waitMs: 500 });
  expect(spend(rate, first.spentUntilMs, 1_500, 2)).toEqual({ spentUntilMs: 3_000 });
});

test('what is scaled is as much slower as it is smaller', () => {
  expect(scaled(rate, 0.5)).toEqual({ burst: 1.5, per_s: 1 });
});
