/** Seen failing with repeats told each time, without the chat's bound, with channels told, and with those told who see somebody that may not write. */
import { expect, test } from 'vitest';
import { default_permissions } from '#domain/authority/rules.js';
import type { ActiveChat } from '#domain/chat/state.js';
import { Typing, type TypingNote } from './typing.js';

const chat = (members: readonly string[], kind = 'group', more: Partial<ActiveChat> = {}) => {
  const there = new Map(members.map((id) => [id, { role: 'member' }]));
  return { chat_id: 'chat', kind, members: there, ...more } as unknown as ActiveChat;
};

function typing() {
  const told: { to: readonly string[]; note: TypingNote }[] = [];
  const clock = { ms: 1 };
  const one = new Typing(
    (to, note) => void told.push({ to, note }),
    () => clock.ms,
  );
  return { told, typing: one, clock };
}

test('everybody else is told, once a second at most', () => {
  const { told, typing: one, clock } = typing();
  const three = chat(['ann', 'bob', 'eve']);
  for (let again = 0; again < 3; again++) one.set(three, 'ann', 'typing');
  expect(told).toEqual([
    { to: ['bob', 'eve'], note: { chat_id: 'chat', user_id: 'ann', action: 'typing', expires_in_ms: 6_000 } },
  ]);
  clock.ms += 1_001;
  one.set(three, 'ann', 'typing');
  one.set(three, 'ann', 'recording');
  expect(told.map(({ note }) => note.action)).toEqual(['typing', 'typing', 'recording']);
});

test('of who may not write there nobody is told', () => {
  const { told, typing: one } = typing();
  const permissions = { ...default_permissions, send: 'admin' } as const;
  one.set(chat(['ann', 'bob'], 'group', { permissions }), 'ann', 'typing');
  expect(told).toEqual([]);
});

test('that it is over is told when something was told before, and not twice', () => {
  const { told, typing: one, clock } = typing();
  const two = chat(['ann', 'bob']);
  one.set(two, 'ann', 'none');
  one.set(two, 'ann', 'uploading');
  one.set(two, 'ann', 'none');
  one.set(two, 'ann', 'none');
  expect(told.map(({ note }) => note.action)).toEqual(['uploading', 'none']);
  one.set(two, 'ann', 'typing');
  clock.ms += 6_001;
  one.set(two, 'ann', 'none');
  expect(told).toHaveLength(3);
});

test('of a chat in which all type at once some are told each second, and of a channel nobody', () => {
  const { told, typing: one, clock } = typing();
  const ids = Array.from({ length: 100 }, (_, at) => `member ${at}`);
  for (const id of ids) one.set(chat(ids), id, 'typing');
  expect(told).toHaveLength(20);
  clock.ms += 1_001;
  for (const id of ids) one.set(chat(ids), id, 'typing');
  expect(told).toHaveLength(40);
  clock.ms += 1_001;
  one.set(chat(ids, 'channel'), 'member 1', 'recording');
  expect(told).toHaveLength(40);
});
