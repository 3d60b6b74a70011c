import { expect, test } from 'vitest';
import { snapshotPages } from './first-sync.js';
import type { Session } from './session.js';

// Seen failing with all pages asked for alike.
test('of many chats the first come with messages, the others in large pages with the last one each', async () => {
  const asked: object[] = [];
  const request = async (_method: string, params: { cursor?: string; chats_limit: number }) => {
    asked.push(params);
    const place = Number(params.cursor ?? 0) + params.chats_limit;
    return { pts: place, ...(place < 300 ? { next_cursor: String(place) } : {}) };
  };
  const pages = await snapshotPages(request as unknown as Session['request']);
  expect(pages.map(({ pts }) => pts)).toEqual([50, 100, 200, 300]);
  expect(asked).toEqual([
    { chats_limit: 50, messages_limit: 20 },
    { chats_limit: 50, messages_limit: 20, cursor: '50' },
    { chats_limit: 100, messages_limit: 1, cursor: '100' },
    { chats_limit: 100, messages_limit: 1, cursor: '200' },
  ]);
});
