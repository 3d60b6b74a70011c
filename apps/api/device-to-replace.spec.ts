/** Seen failing with the one used last chosen, with those in use given up, and with a device without tokens taken for one in use. */
import { expect, test } from 'vitest';
import { new_device_ms } from '#domain/account/limits.js';
import { deviceToReplace } from './device-to-replace.js';

const now_ms = 100 * new_device_ms;
const device = (device_id: string, added_at_ms = 0) =>
  ({ device_id, name: 'd', type: 'web', added_at_ms }) as const;
const days = (count: number) => now_ms - count * new_device_ms;

test('the device that was not used for the longest time, whenever it was added', () => {
  const devices = [device('a', days(9)), device('b', days(3)), device('c', days(5))];
  const activity = { a: days(1.5), b: days(2), c: days(0) };
  expect(deviceToReplace(devices, activity, now_ms)).toEqual({ device_id: 'b' });
});

test('one that has no tokens by when it was added', () => {
  const devices = [device('a', days(9)), device('b', days(5))];
  expect(deviceToReplace(devices, { a: days(2) }, now_ms)).toEqual({ device_id: 'b' });
  expect(deviceToReplace([device('b', days(0.5))], {}, now_ms)).toEqual({ allowed_at_ms: days(-0.5) });
});

test('none that was used within a day: it is told from when on', () => {
  const devices = [device('a'), device('b')];
  const activity = { a: days(1) + 1, b: days(0.1) };
  expect(deviceToReplace(devices, activity, now_ms)).toEqual({ allowed_at_ms: now_ms + 1 });
  expect(deviceToReplace(devices, { ...activity, a: days(1) }, now_ms)).toEqual({ device_id: 'a' });
});
