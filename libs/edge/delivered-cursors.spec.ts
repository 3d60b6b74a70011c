/**
 * Seen failing with each acknowledgement a receipt of its own, with the last mark of a chat taken instead of the highest, and
 * with the device's place told before all marks are.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cursors_max } from '#domain/receipt/events.js';
import type { CommandRequest, Identity, Reply } from '#streams/requests.js';
import { DeliveredCursors, highestByChat } from './delivered-cursors.js';

const phone: Identity = { user_id: 'ann', device_id: 'phone' };
const laptop: Identity = { user_id: 'ann', device_id: 'laptop' };
const stored: Reply = { result: {}, seen: { projected: {}, logged: {} } };
const mark = (chat_id: string, seq: number) => ({ chat_id, seq, after: 7 });
const marks = (...all: ReturnType<typeof mark>[]) => highestByChat(all);

let asked: CommandRequest[][];
let delivered: DeliveredCursors;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  const commands = (_target: string, _identity: Identity, _id: string, some: readonly CommandRequest[]) => {
    asked.push([...some]);
    return Promise.resolve(some.map(() => stored));
  };
  delivered = new DeliveredCursors({ commands });
});
afterEach(() => void vi.useRealTimers());

test('what one device acknowledges together is one receipt, the highest of each chat, in whatever order it came', async () => {
  const answers = [
    delivered.submit(phone, marks(mark('a', 3)), 5),
    delivered.submit(phone, marks(mark('b', 1), mark('a', 2)), 4),
    delivered.submit(laptop, marks(mark('a', 1)), 2),
  ];
  await vi.runAllTimersAsync();
  expect(await Promise.all(answers)).toEqual([stored, stored, stored]);
  expect(asked.map((commands) => commands.map(({ params }) => params))).toEqual([
    [{ cursors: [mark('a', 3), mark('b', 1)], device_id: 'phone', pts: 5 }],
    [{ cursors: [mark('a', 1)], device_id: 'laptop', pts: 2 }],
  ]);
  void delivered.submit(phone, marks(mark('a', 4)), 6);
  await vi.runAllTimersAsync();
  expect(asked).toHaveLength(3);
});

test('more marks than one receipt holds are several, the device’s place with the last', async () => {
  const many = Array.from({ length: cursors_max + 1 }, (_, index) => mark(`chat ${index}`, 1));
  void delivered.submit(phone, marks(...many), 9);
  await vi.runAllTimersAsync();
  const [commands] = asked as [CommandRequest[]];
  expect(commands.map(({ params }) => [(params['cursors'] as unknown[]).length, params['pts']])).toEqual([
    [cursors_max, undefined],
    [1, 9],
  ]);
});
