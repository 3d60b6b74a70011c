import { expect, test } from 'vitest';
import { changeLine } from './change-line.js';

const deletion = {
  type: 'message.deleted',
  chat_id: 'c',
  chat_pts: 9,
  seq: 4,
  deleted_by: 'a',
  date_ms: 1,
} as const;

// Seen failing with both told alike.
test('who deleted a message is told, and nobody when its time was over', () => {
  expect(changeLine(deletion, 'Ann', undefined)).toBe('· Ann deleted #4');
  expect(changeLine({ ...deletion, expired: true }, 'Ann', undefined)).toBe(
    '· #4 is gone: its time was over',
  );
});
