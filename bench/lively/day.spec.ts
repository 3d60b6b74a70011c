import { expect, it } from 'vitest';
import { randomOf } from '../../test/support/random.js';
import { day, deliveries_per_send, untilNextMs } from './day.js';

it('waits at random, so long on the average that so many happen in a minute', () => {
  const { integer } = randomOf(7);
  const random = () => integer(2 ** 30) / 2 ** 30;
  const count = 20_000;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += untilNextMs(6, random);
  expect(sum / count).toBeGreaterThan(9_700);
  expect(sum / count).toBeLessThan(10_300);
});

it('counts deliveries by the kinds of chats', () => {
  const direct = (1 - day.to_group_part) * 1;
  expect(deliveries_per_send).toBeCloseTo(direct + day.to_group_part * 19);
});
