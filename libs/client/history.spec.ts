import { expect, test } from 'vitest';
import type { ChatView, MessageView } from '#domain/user-log/update.js';
import { readHistory, type HistoryPage } from './history.js';

const message = (seq: number): MessageView => ({ seq }) as MessageView;
const seqs = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

/** A chat of messages 3 to 20, of which this device has those from `kept` on. */
function world(kept: number, isOpen = true) {
  const asked: HistoryPage[] = [];
  let kept_pages = 0;
  let changes = 0;
  const replica = {
    chat: () => ({ last_seq: 20, visible_from_seq: 3 }) as ChatView,
    stored: async (_chatId: string, first: number, last: number) =>
      seqs(Math.max(first, kept), last).map(message),
    unseenChanges: () => changes,
  };
  const session = {
    state: { status: isOpen ? 'open' : 'connecting' },
    call: async (_method: string, page: HistoryPage) => (
      asked.push(page),
      { messages: [message(99)], more: true }
    ),
  };
  const synchronizer = { keep: () => kept_pages++ };
  const read = async (page: HistoryPage) => {
    const answer = await readHistory({ replica, session, synchronizer } as never, 'chat', page);
    const { messages, more, more_after } = answer;
    const found = [messages.map(({ seq }) => seq), more];
    return more_after === undefined ? found : [...found, more_after];
  };
  return { read, asked, keptPages: () => kept_pages, change: () => changes++, session };
}

test('a page that is here whole is not asked for', async () => {
  const { read, asked } = world(3);
  expect(await read({ limit: 2 })).toEqual([[19, 20], true]);
  expect(await read({ before_seq: 6, limit: 2 })).toEqual([[4, 5], true]);
  expect(await read({ before_seq: 6, limit: 3 })).toEqual([[3, 4, 5], false]);
  expect(await read({})).toEqual([seqs(3, 20), false]);
  expect(await read({ after_seq: 0, limit: 2 })).toEqual([[3, 4], true]);
  expect(await read({ after_seq: 18, limit: 2 })).toEqual([[19, 20], false]);
  expect(await read({ after_seq: 18, limit: 9 })).toEqual([[19, 20], false]);
  expect(asked).toEqual([]);
});

test('around a message stands as much before it as after it, as far as there is', async () => {
  const { read, asked } = world(3);
  expect(await read({ around_seq: 10, limit: 4 })).toEqual([[8, 9, 10, 11], true, true]);
  expect(await read({ around_seq: 10, limit: 1 })).toEqual([[10], true, true]);
  expect(await read({ around_seq: 4, limit: 6 })).toEqual([seqs(3, 8), false, true]);
  expect(await read({ around_seq: 20, limit: 6 })).toEqual([seqs(15, 20), true, false]);
  expect(await read({ around_seq: 99, limit: 3 })).toEqual([[18, 19, 20], true, false]);
  expect(await read({ around_seq: 1, limit: 3 })).toEqual([[3, 4, 5], false, true]);
  expect(await read({ around_seq: 9 })).toEqual([seqs(3, 20), false, false]);
  expect(asked).toEqual([]);
});

test('a page of which something is missing comes from the server, and is kept', async () => {
  const { read, asked, keptPages } = world(10);
  expect(await read({ before_seq: 12, limit: 5 })).toEqual([[99], true]);
  expect(await read({ after_seq: 5, limit: 9 })).toEqual([[99], true]);
  expect(await read({ before_seq: 3 })).toEqual([[99], true]);
  expect([asked.length, keptPages()]).toEqual([3, 3]);
});

test('a page that may be older than what the log said meanwhile is shown and not kept', async () => {
  const { read, keptPages, session, change } = world(10);
  const { call } = session;
  session.call = (method, page) => (change(), call(method, page));
  expect(await read({ before_seq: 12, limit: 5 })).toEqual([[99], true]);
  expect(keptPages()).toBe(0);
});

test('without a connection, there is what is here without a hole', async () => {
  const { read, asked } = world(10, false);
  expect(await read({ before_seq: 12, limit: 5 })).toEqual([[10, 11], true]);
  expect(asked).toEqual([]);
  expect(await read({ before_seq: 9, limit: 5 })).toEqual([[99], true]);
  expect(await read({ after_seq: 5, limit: 9 })).toEqual([[99], true]);
});
