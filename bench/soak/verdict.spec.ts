import { describe, expect, it } from 'vitest';
import { growthOf, isBack } from './verdict.js';

const sawtooth = (grows_mb: number) =>
  Array.from({ length: 100 }, (_, index) => 80 + (index % 7) * 5 + (index * grows_mb) / 100);
const isFlat = (samples: readonly number[]): boolean => {
  const { grown_mb, grown_mb_max } = growthOf(samples);
  return grown_mb <= grown_mb_max;
};

describe('the verdict of a soak', () => {
  it('is flat for a heap that goes up and down, and not for one whose lows rise', () => {
    expect(isFlat(sawtooth(0))).toBe(true);
    expect(isFlat(sawtooth(40))).toBe(false);
  });

  it('tells the lows it was made from', () => {
    const { from_mb, grown_mb } = growthOf(sawtooth(100));
    expect(from_mb).toBeCloseTo(101, 0);
    expect(grown_mb).toBeCloseTo(63, 0);
  });

  it('leaves the first fifth out, in which caches fill', () => {
    expect(isFlat([10, 10, 90, 90, 90, 90, 90, 90, 90, 90])).toBe(true);
  });

  it('counts what is back but for what a moment holds', () => {
    expect(isBack(100, 110)).toBe(true);
    expect(isBack(100, 300)).toBe(false);
  });
});
