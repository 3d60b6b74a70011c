import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TypingNote } from './typing-note.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const act = (user_id: string, action: 'typing' | 'uploading' | 'none', expires_in_ms = 5_000) => ({
  user_id,
  action,
  expires_in_ms,
});

function note() {
  const shown: (string | null)[] = [];
  return { typing: new TypingNote((text) => shown.push(text)), shown };
}

test('comes, is not repeated while it goes on, and goes when its time is over', () => {
  const { typing, shown } = note();
  typing.tell(act('ann', 'typing'), 'Ann');
  vi.advanceTimersByTime(4_000);
  typing.tell(act('ann', 'typing'), 'Ann');
  vi.advanceTimersByTime(4_000);
  expect(shown).toEqual(['Ann is typing …']);
  vi.advanceTimersByTime(1_000);
  expect(shown).toEqual(['Ann is typing …', null]);
});

test('several people stand beside each other, and each stops alone', () => {
  const { typing, shown } = note();
  typing.tell(act('ann', 'typing'), 'Ann');
  typing.tell(act('bob', 'uploading'), 'Bob');
  typing.stopped('ann');
  typing.tell(act('bob', 'none'), 'Bob');
  expect(shown).toEqual([
    'Ann is typing …',
    'Ann is typing … Bob is sending a file …',
    'Bob is sending a file …',
    null,
  ]);
});

test('whatever a server says, nobody types for ever', () => {
  const { typing, shown } = note();
  typing.tell(act('ann', 'typing', Number.MAX_SAFE_INTEGER), 'Ann');
  vi.advanceTimersByTime(10_000);
  expect(shown).toEqual(['Ann is typing …', null]);
});
