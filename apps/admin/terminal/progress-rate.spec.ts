/** Seen failing: with the rate over all that is done instead of what was done since; with what is left by what is done. */
import { expect, it } from 'vitest';
import { ProgressRate } from './progress-rate.js';

const told = (...steps: readonly (readonly [what: string, done: number, atMs: number])[]): string => {
  const rate = new ProgressRate();
  for (const [what, done, atMs] of steps) rate.add({ what, done, total: 10_000, unit: 'rows' }, atMs);
  return rate.line();
};

it('tells how fast it goes, and how long it still takes at that', () => {
  expect(told(['copying', 4_000, 0], ['copying', 5_000, 1_000])).toBe(
    'copying: 5,000 of 10,000 rows, 1,000/s, 5 s left',
  );
});

it('begins anew with what is done next, and guesses nothing before it knows', () => {
  expect(told(['reading', 0, 0], ['reading', 9_000, 1_000], ['copying', 10, 2_000])).toBe(
    'copying: 10 of 10,000 rows',
  );
});

it('tells minutes and hours, and bytes as megabytes', () => {
  expect(told(['copying', 0, 0], ['copying', 100, 1_000])).toContain('1 min 39 s left');
  expect(told(['copying', 0, 0], ['copying', 1, 1_000])).toContain('2 h 46 min left');
  const rate = new ProgressRate();
  for (const [done, atMs] of [
    [0, 0],
    [3_000_000, 2_000],
  ] as const)
    rate.add({ what: 'copying', done, total: 6_000_000, unit: 'bytes' }, atMs);
  expect(rate.line()).toBe('copying: 3.0 of 6.0 MB, 1.5 MB/s, 2 s left');
});
