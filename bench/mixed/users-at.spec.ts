import { expect, it } from 'vitest';
import { usersAt } from './users-at.js';

it('finds the number of users between two steps at which the bound is passed', () => {
  const steps = [
    { users: 1_000, p99_ms: 20 },
    { users: 2_000, p99_ms: 100 },
    { users: 3_000, p99_ms: 500 },
  ];
  expect(usersAt(steps, 200)).toBe(2_250);
  expect(usersAt(steps.slice(0, 2), 200)).toBe(2_000);
  expect(usersAt([{ users: 100, p99_ms: 400 }], 200)).toBe(50);
});
