import { describe, expect, it } from 'vitest';
import { Durations } from './percentiles.js';

const upTo = (first: number, last: number): Durations => {
  const durations = new Durations();
  for (let ms = first; ms <= last; ms++) durations.add(ms);
  return durations;
};

describe('Durations', () => {
  it('tells percentiles to three digits', () => {
    const durations = upTo(1, 1_000);
    expect(durations.count).toBe(1_000);
    expect(durations.ms(0.5)).toBeCloseTo(500, -1);
    expect(durations.ms(0.99)).toBeCloseTo(990, -1);
    expect(durations.ms(1)).toBeCloseTo(1_000, -1);
  });

  it('is as if one had recorded everything, once those of several processes are merged', () => {
    const whole = upTo(1, 3_000);
    const merged = new Durations();
    for (const part of [upTo(1, 1_000), upTo(1_001, 1_100), upTo(1_101, 3_000)]) merged.merge(part.encoded());
    expect(merged.count).toBe(whole.count);
    for (const part of [0.1, 0.5, 0.9, 0.99, 0.999]) expect(merged.ms(part)).toBe(whole.ms(part));
  });

  it('keeps what is below its resolution and above its range, at its ends', () => {
    const durations = new Durations();
    durations.add(0);
    durations.add(1e9);
    expect(durations.count).toBe(2);
    expect(durations.ms(0.5)).toBe(0.001);
    expect(durations.ms(1)).toBeGreaterThan(599_000);
  });

  it('has no percentile above the longest', () => {
    const durations = new Durations();
    durations.add(35.111);
    expect(durations.ms(0.99)).toBe(durations.ms(1));
    expect(durations.ms(1)).toBe(35.111);
  });

  it('has no percentile of nothing', () => {
    expect(new Durations().ms(0.5)).toBeNaN();
    expect(new Durations().merge(new Durations().encoded()).count).toBe(0);
  });
});
