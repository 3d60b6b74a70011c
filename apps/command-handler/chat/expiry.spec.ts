import { expect, it, vi } from 'vitest';
import { nothingSeen, type Reply } from '#streams/requests.js';
import { refused } from '../refusal.js';
import { startExpiry } from './expiry.js';

const due = (count: number, chat_id = 'chat') =>
  Array.from({ length: count }, (_, index) => ({ expires_at_ms: 1_000 + index, chat_id, seq: index + 1 }));
const done: Reply = { result: {}, seen: nothingSeen };

/** The read model as it stands: what is expired stands there until it is folded, which is never here. */
function expiryOf(standing: ReturnType<typeof due>, replies: (chatId: string) => Reply) {
  const asked: [string, readonly number[]][] = [];
  const looks: number[] = [];
  const expiry = startExpiry({
    models: {
      dueMessages: async ({ nowMs, after, limit }) => {
        looks.push(nowMs);
        const from = after === undefined ? 0 : standing.findIndex((one) => one === after) + 1;
        return standing.slice(from, from + limit);
      },
      dueCalls: async () => [],
    },
    expireCall: async () => done,
    expire: async (chatId, seqs) => {
      asked.push([chatId, seqs]);
      return replies(chatId);
    },
    isServed: (chatId) => chatId !== 'elsewhere',
    nowMs: () => 5_000,
  });
  return { expiry, asked, looks };
}

/** Seen failing: without pages, without the look at who serves the chat, and without remembering what was done. */
it('asks each chat served here for all that is due, whatever is due in others, and once', async () => {
  const standing = [...due(150, 'elsewhere'), ...due(150), ...due(2, 'other')];
  const { expiry, asked, looks } = expiryOf(standing, () => done);
  await vi.waitUntil(() => looks.length >= 5, { timeout: 10_000 });
  await expiry.stop();
  const seqs = asked.filter(([chatId]) => chatId === 'chat').flatMap(([, some]) => some);
  expect(seqs).toEqual(due(150).map(({ seq }) => seq));
  expect(asked.filter(([chatId]) => chatId === 'other')).toEqual([['other', [1, 2]]]);
  expect(asked.map(([chatId]) => chatId)).not.toContain('elsewhere');
});

it('goes on where a chat refuses, and where the read model fails', async () => {
  const { expiry, asked } = expiryOf([...due(1, 'broken'), ...due(1)], (chatId) =>
    chatId === 'broken' ? refused('INTERNAL') : done,
  );
  await vi.waitUntil(() => asked.length === 2);
  await expiry.stop();
  let looks = 0;
  const failing = startExpiry({
    models: { dueMessages: () => (looks++, Promise.reject(new Error())), dueCalls: async () => [] },
    expire: async () => done,
    expireCall: async () => done,
    isServed: () => true,
  });
  await vi.waitUntil(() => looks > 1, { timeout: 10_000 });
  await failing.stop();
});

/** Seen failing: without the look at who serves the chat, and without remembering what was done. */
it('ends each call whose time is over, once, where its chat is served', async () => {
  const due = ['chat', 'elsewhere', 'other'].map((chat_id) => ({ chat_id, call_id: `call in ${chat_id}` }));
  const ended: string[] = [];
  let looks = 0;
  const expiry = startExpiry({
    models: { dueMessages: async () => [], dueCalls: async () => (looks++, due) },
    expire: async () => done,
    expireCall: async (chatId, callId) => {
      ended.push(callId);
      return chatId === 'other' ? refused('INTERNAL') : done;
    },
    isServed: (chatId) => chatId !== 'elsewhere',
  });
  await vi.waitUntil(() => looks > 2, { timeout: 10_000 });
  await expiry.stop();
  expect(ended).toEqual(['call in chat', 'call in other']);
});
