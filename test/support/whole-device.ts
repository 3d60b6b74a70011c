import { expect } from 'vitest';
import {
  expectAcknowledged,
  expectContiguous,
  expectConverged,
  expectEqualLogs,
  expectOrdered,
} from './invariants.js';
import type { Acknowledged, Person } from './person.js';

/**
 * A device at rest: what it was sent, over all its connections, is the whole log, without hole or repeat, in order; holds
 * every acknowledged message of its chats once; and agrees with snapshot and history.
 */
export async function expectWhole(device: Person, acknowledged: readonly Acknowledged[]): Promise<void> {
  const log = await device.wholeLog();
  await device.reaches(log.length);
  expectContiguous(device.log, device.identity.device_id);
  expectOrdered(device.log);
  const chats = new Set(device.log.map(({ update }) => update.chat_id));
  const concerned = acknowledged.filter(({ chat_id }) => chats.has(chat_id));
  expectAcknowledged(concerned, device.log);
  const later = await device.wholeLog();
  await device.reaches(later.length);
  expectEqualLogs(device.log, later, device.userId);
  expectConverged(device.userId, await device.snapshotPages(), later);
  for (const chat_id of new Set(concerned.map((one) => one.chat_id))) {
    const history = await device.history(chat_id);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
  }
}
