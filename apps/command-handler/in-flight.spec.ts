import { expect, test } from 'vitest';
import { InFlight } from './in-flight.js';

test('a range takes so many, the process so many, and a place that is left can be taken again', () => {
  const inFlight = new InFlight({ requests_in_flight_max: 3, requests_in_flight_per_range_max: 2 });
  const entered = ['a', 'a', 'a', 'b', 'b'].map((range) => inFlight.enter(range));
  expect(entered).toEqual([true, true, false, true, false]);
  inFlight.leave('a');
  expect(inFlight.enter('b')).toBe(true);
  expect(inFlight.enter('a')).toBe(false);
});
