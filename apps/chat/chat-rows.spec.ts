import { untold } from '#domain/user-log/fold.js';
import { expect, test } from 'vitest';
import type { ShownMessage } from '#client/shown-message.js';
import type { ChatView } from '#domain/user-log/update.js';
import { chatRows, type ListedChat } from './chat-rows.js';
import type { NamedMessage } from './message-rows.js';
import { noColours, plainLook } from './look.js';
import { clock } from './moments.js';
import { widthOf } from './text-width.js';

const nowMs = 1_795_000_000_000;
const day_ms = 86_400_000;

function chat(more: Partial<ChatView>): ChatView {
  return {
    chat_id: 'c',
    kind: 'direct',
    title: null,
    ...untold,
    photo_media_id: null,
    created_at_ms: nowMs,
    role: 'member',
    member_count: 2,
    last_seq: 3,
    read_seq: 3,
    unread_count: 0,
    delivered_outbox_seq: 0,
    read_outbox_seq: 0,
    muted_until_ms: null,
    archived: false,
    pinned: false,
    chat_pts: 3,
    visible_from_seq: 1,
    ...more,
  };
}

function message(text: string, more: Partial<ShownMessage> = {}): ShownMessage {
  return {
    chat_id: 'c',
    client_msg_id: 'm',
    seq: 3,
    sender_id: 'u',
    date_ms: nowMs,
    content: { type: 'text', text },
    mentions_me: false,
    is_edited: false,
    is_deleted: false,
    reactions: [],
    tick: null,
    is_changing: false,
    ...more,
  };
}

const named = (one: ShownMessage, sender: string): NamedMessage => ({ message: one, sender, people: [] });

const chats: ListedChat[] = [
  {
    chat: chat({ kind: 'group', unread_count: 12 }),
    name: 'Our trip',
    last: named(message('who drives?'), 'Ann'),
  },
  {
    chat: chat({ unread_count: 1, muted_until_ms: nowMs + 1 }),
    name: '日本の友だち',
    last: named(message('こんにちは', { date_ms: nowMs - 2 * day_ms }), '日本の友だち'),
  },
  {
    chat: chat({ muted_until_ms: nowMs }),
    name: 'Bob',
    last: named(message('fine', { tick: 'read' }), 'you'),
  },
  { chat: chat({}), name: 'Cleo', last: undefined },
];

test('names, what is new, when and what: each under the other', () => {
  const at = clock(nowMs);
  expect(chatRows(chats, plainLook, nowMs)).toEqual([
    `1  Our trip      12 new        ${at}  Ann: who drives?`,
    expect.stringMatching(/^2 {2}日本の友だち {2}1 new, muted {2}\d\d\/\d\d\/\d\d {2}こんにちは$/),
    `3  Bob                         ${at}  ✓✓ read you: fine`,
    '4  Cleo',
  ]);
});

test.for([79, 60, 39, 24])('in %d columns no row is wider', (columns) => {
  const long = {
    ...chats[0]!,
    name: 'A group with a very long name indeed',
    last: named(message('x'.repeat(500)), 'Ann'),
  };
  for (const row of chatRows([...chats, long], { columns, colours: noColours }, nowMs))
    expect(widthOf(row)).toBeLessThanOrEqual(columns);
});
