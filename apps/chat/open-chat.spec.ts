import { expect, test } from 'vitest';
import type { ShownMessage } from '#client/shown-message.js';
import { plainLook } from './look.js';
import { OpenChat } from './open-chat.js';

const day_ms = 86_400_000;
const nowMs = Date.now();

function message(seq: number | null, more: Partial<ShownMessage> = {}): ShownMessage {
  return {
    chat_id: 'chat',
    client_msg_id: `m${seq}`,
    seq,
    sender_id: 'ann',
    date_ms: nowMs,
    content: { type: 'text', text: `text ${seq}` },
    mentions_me: false,
    is_edited: false,
    is_deleted: false,
    reactions: [],
    tick: null,
    is_changing: false,
    ...more,
  };
}

/** `inSight`: the keys of what a terminal could show anew. */
function open(inSight: readonly string[] = []) {
  const rows: string[] = [];
  const screen = {
    look: plainLook,
    print: (printed: readonly string[]) => void rows.push(...printed),
    repaint: (key: string, printed: readonly string[]) => {
      if (inSight.includes(key)) rows.push(...printed.map((row) => `again: ${row}`));
      return inSight.includes(key);
    },
  };
  const names = { answer: async (one: ShownMessage) => ({ message: one, sender: 'Ann', people: [] }) };
  const texts = () =>
    rows.map((row) => row.replace(/ \d\d:\d\d Ann:/, '')).filter((row) => !row.startsWith('──'));
  return { chat: new OpenChat('chat', screen, names), rows, texts };
}

test('days stand between the messages, and what is new under a divider', async () => {
  const { chat, rows } = open();
  await chat.print([message(1, { date_ms: nowMs - day_ms }), message(2), message(3)], 1);
  expect(rows.map((row) => (row.startsWith('──') ? row.slice(0, 8) : row.slice(0, 2)))).toEqual([
    expect.stringMatching(/^── \w/),
    '#1',
    expect.stringMatching(/^── \w/),
    '── 2 new',
    '#2',
    '#3',
  ]);
});

test('what was printed waiting comes back with its number, once', async () => {
  const { chat, texts } = open();
  await chat.print([message(null, { client_msg_id: 'mine', tick: 'pending' })]);
  const sent = message(7, { client_msg_id: 'mine', tick: 'sent' });
  await chat.bring(sent);
  await chat.bring(sent);
  expect(texts()).toEqual(['#· text null  ·', '#7 text 7  ✓']);
});

test('in sight it changes where it stands', async () => {
  const { chat, texts } = open(['chat/mine']);
  await chat.print([message(null, { client_msg_id: 'mine', tick: 'pending' })]);
  await chat.bring(message(7, { client_msg_id: 'mine', tick: 'sent' }));
  expect(texts()).toEqual(['#· text null  ·', 'again: #7 text 7  ✓']);
  expect(chat.oldestSeq).toBe(7);
});

// Broken once to see it fail: an answered message printed early was printed again when the log brought it.
test('what was answered and printed before the log brought it is not printed again', async () => {
  const { chat, texts } = open();
  await chat.print([message(7, { tick: 'sent' })]);
  await chat.bring(message(7, { tick: 'sent' }));
  await chat.bring(message(6));
  expect(texts()).toEqual(['#7 text 7  ✓', '#6 text 6']);
});
