import { expect, it } from 'vitest';
import { lastDueMs } from './daily-sweep.js';

const at = (text: string): number => Date.parse(`2026-03-${text}Z`);

it.each([
  ['later in the day: today', '10T12:00:00', '10T03:30:00'],
  ['at that very time: today', '10T03:30:00', '10T03:30:00'],
  ['earlier in the day: yesterday', '10T03:29:59', '09T03:30:00'],
])('the last time that a sweep was due, %s', (_, now, due) => {
  expect(lastDueMs(at(now), 3 * 60 + 30)).toBe(at(due));
});
