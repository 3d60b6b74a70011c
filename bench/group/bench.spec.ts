import { expect, it } from 'vitest';
import { memberships } from './bench.js';

it('spreads groups so that neighbours share three quarters of their members', () => {
  const [first, second, third] = memberships(3, 8);
  expect(first).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(second).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(third!.at(-1)).toBe(11);
  expect(memberships(1, 100)).toHaveLength(1);
});
