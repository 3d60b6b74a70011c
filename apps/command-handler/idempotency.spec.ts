import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyAge, messageIdOf, requestMark } from './idempotency.js';

const now = Date.UTC(2026, 0, 1);
const keyMadeAt = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
};

test.each([
  ['now', now, 'fresh'],
  ['59.999 s ago', now - 59_999, 'fresh'],
  ['60 s ago', now - 60_000, 'old'],
  ['30 s ahead', now + 30_000, 'fresh'],
  ['30.001 s ahead', now + 30_001, 'ahead'],
  ['in 1970', 0, 'old'],
])('a key made %s', (_, madeAt, age) => {
  expect(keyAge(keyMadeAt(madeAt), now)).toBe(age);
});

test('a key that is not of version 7 is old', () => {
  expect(keyAge('0198c5a0-0000-4000-8000-000000000001', now)).toBe('old');
});

test('the mark tells another body, another method and another secret, and nothing of the order of fields', () => {
  const secret = createSecretKey(new Uint8Array(32).fill(1));
  const key = keyMadeAt(now);
  const mark = (...rest: [string, Record<string, unknown>]) => requestMark(secret, 'client_msg_id', ...rest)!;
  const first = mark('messages.send', {
    client_msg_id: key,
    chat_id: 'a',
    content: { type: 'text', text: 'x' },
  });
  expect(first.id).toBe(key);
  expect(first.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(
    mark('messages.send', { content: { text: 'x', type: 'text' }, chat_id: 'a', client_msg_id: key }),
  ).toEqual(first);
  expect(mark('messages.send', { client_msg_id: key, chat_id: 'a', content: {} }).hash).not.toBe(first.hash);
  const otherSecret = requestMark(createSecretKey(new Uint8Array(32)), 'client_msg_id', 'messages.send', {
    client_msg_id: key,
    chat_id: 'a',
    content: { type: 'text', text: 'x' },
  });
  expect(otherSecret!.hash).not.toBe(first.hash);
  expect(requestMark(secret, 'client_request_id', 'chats.leave', { chat_id: 'a' })).toBeUndefined();
});

test('message ids have one length and differ by user, chat and key', () => {
  const ids = [messageIdOf('u', 'c', 'k'), messageIdOf('u', 'c', 'k2'), messageIdOf('u2', 'c', 'k')];
  expect(new Set(ids).size).toBe(3);
  expect(ids.every(({ length }) => length === 43)).toBe(true);
});
