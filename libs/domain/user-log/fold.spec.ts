import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Sha256 } from '../kernel/hashing.js';
import { applyChannelUpdate, applyUpdate, emptyUserLog, fromSnapshot } from './fold.js';
import { untold, hold, toChatView } from './fold.js';
import { emptyLogHash, entryHash } from './entry.js';
import type { ChatView, MessageView, Update } from './update.js';

/** The properties of the fold stand in test/simulation; here is what they do not reach. */

const chat: ChatView = {
  chat_id: 'chat',
  kind: 'group',
  title: 'Group',
  ...untold,
  photo_media_id: null,
  created_at_ms: 1,
  role: 'member',
  member_count: 3,
  last_seq: 5,
  read_seq: 3,
  unread_count: 2,
  delivered_outbox_seq: 2,
  read_outbox_seq: 1,
  muted_until_ms: null,
  archived: false,
  pinned: false,
  chat_pts: 9,
  visible_from_seq: 1,
};
const message = (seq: number, chat_pts: number, text: string): MessageView => ({
  chat_id: 'chat',
  seq,
  chat_pts,
  client_msg_id: `key-${seq}`,
  sender_id: 'ben',
  sender_device_id: null,
  date_ms: 1,
  content: { type: 'text', text },
  reactions: [],
});
const resumed = () => fromSnapshot({ pts: 10, chats: [{ ...chat, last_message: message(5, 8, 'five') }] });
const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const notify = (pts: number, update: Update) => ({ pts, pts_count: 1 as const, date_ms: 1, update });
const apply = (state: ReturnType<typeof emptyUserLog>, ...updates: readonly Update[]) => {
  for (const update of updates) applyUpdate(state, notify(state.pts + 1, update), 'anna');
  return state;
};

it('a snapshot is shown as it was taken', () => {
  expect(toChatView(resumed(), 'chat')).toStrictEqual({ ...chat, last_message: message(5, 8, 'five') });
  expect(toChatView(resumed(), 'another')).toBeUndefined();
});

it('repeats are ignored, a hole is refused', () => {
  const removed: Update = { type: 'chat.removed', chat_id: 'chat', chat_pts: 12 };
  const state = resumed();
  expect(toChatView(applyUpdate(state, notify(10, removed), 'anna'), 'chat')).toBeDefined();
  expect(() => applyUpdate(state, notify(12, removed), 'anna')).toThrow('update 12 does not follow 10');
  expect(toChatView(applyUpdate(state, notify(11, removed), 'anna'), 'chat')).toBeUndefined();
  expect(state).toMatchObject({ pts: 11, hash: null });
});

it('cursors move forward only, each its own', () => {
  const cursor = (type: 'read.inbox' | 'read.outbox' | 'delivered.outbox', seq: number): Update => ({
    type,
    chat_id: 'chat',
    chat_pts: 0,
    seq,
  });
  const state = apply(resumed(), cursor('read.inbox', 4), cursor('read.inbox', 2), cursor('read.outbox', 3));
  apply(state, cursor('delivered.outbox', 5), cursor('delivered.outbox', 4), cursor('read.outbox', 2));
  const cursors = { read_seq: 4, unread_count: 1, read_outbox_seq: 3, delivered_outbox_seq: 5, chat_pts: 9 };
  expect(toChatView(state, 'chat')).toMatchObject(cursors);
});

it('a chat’s summary is set by what is newer than it', () => {
  const members = (chat_pts: number, member_count: number): Update => ({
    type: 'chat.members',
    chat_id: 'chat',
    chat_pts,
    member_count,
    added: [],
    removed: [],
    changed: [],
  });
  const state = apply(resumed(), members(9, 7));
  expect(toChatView(state, 'chat')?.member_count).toBe(3);
  expect(toChatView(apply(state, members(10, 4)), 'chat')?.member_count).toBe(4);
  apply(state, { type: 'chat.changed', chat_id: 'chat', chat_pts: 11, title: 'New', kind: 'channel' });
  apply(state, { type: 'chat.changed', chat_id: 'chat', chat_pts: 11, description: 'late' });
  expect(toChatView(state, 'chat')).toMatchObject({ title: 'New', kind: 'channel', chat_pts: 11 });
  expect(toChatView(state, 'chat')?.description).toBeNull();
  apply(state, { type: 'chat.changed', chat_id: 'chat', chat_pts: 12, description: 'us' });
  expect(toChatView(state, 'chat')).toMatchObject({ title: 'New', description: 'us' });
});

it('a change of a message that is not held is left to whoever fetches it', () => {
  const edited: Update = {
    type: 'message.edited',
    chat_id: 'chat',
    chat_pts: 11,
    seq: 2,
    message: message(2, 11, 'new'),
  };
  const state = apply(resumed(), edited);
  expect(state.messages.get('chat')?.has(2)).toBe(false);
  hold(state, message(2, 11, 'new'));
  hold(state, message(2, 4, 'old'));
  expect(state.messages.get('chat')?.get(2)).toStrictEqual(message(2, 11, 'new'));
});

it('devices come and go', () => {
  const device = { device_id: 'phone', name: 'Phone', type: 'mobile', added_at_ms: 1 } as const;
  const state = apply(emptyUserLog(), { type: 'device.added', device });
  expect([...state.devices.values()]).toStrictEqual([device]);
  expect(apply(state, { type: 'device.removed', device_id: 'phone' }).devices.size).toBe(0);
});

it('an update of a type that is not known is counted and hashed, and changes nothing else', () => {
  const unknown = {
    type: 'poll.opened',
    chat_id: 'nowhere',
    chat_pts: 7,
    seq: 4,
    read_seq: 9,
  } as unknown as Update;
  const next = { ...notify(1, { ...unknown }), commitment: 'c' };
  const state = applyUpdate(emptyUserLog(), next, 'anna', sha256);
  const entry = {
    pts: 1,
    kind: 'poll.opened' as 'message.new',
    date_ms: 1,
    chat_id: 'nowhere',
    chat_pts: 7,
    seq: 4,
  };
  const hash = entryHash(sha256, emptyLogHash, { ...entry, values: { read_seq: 9 }, commitment: 'c' });
  expect(state).toStrictEqual({ ...emptyUserLog(), pts: 1, hash });
  expect(apply(resumed(), { ...unknown, chat_id: 'chat' } as Update)).toStrictEqual({
    ...resumed(),
    pts: 11,
    hash: null,
  });
});

const hidden = (...seqs: readonly number[]): Update => ({
  type: 'messages.hidden',
  chat_id: 'chat',
  chat_pts: 9,
  seqs,
});
const { content: _content, ...placeOfFive } = message(5, 8, 'five');

/** Seen failing: without `nextOf` in each of `put`, `change` and `hold`. */
it('what is hidden stays so, whatever becomes of it and in whatever order it is told', () => {
  const about = { chat_id: 'chat', seq: 5 };
  const changes: readonly Update[] = [
    { type: 'message.edited', ...about, chat_pts: 10, message: message(5, 10, 'changed') },
    {
      type: 'message.reaction',
      ...about,
      chat_pts: 11,
      user_id: 'ben',
      emoji: '👍',
      reactions: [{ emoji: '👍', count: 1 }],
    },
    { type: 'message.deleted', ...about, chat_pts: 12, deleted_by: 'ben', date_ms: 2 },
  ];
  for (let at = 0; at <= changes.length; at++) {
    const state = apply(resumed(), ...changes.slice(0, at), hidden(5, 99), ...changes.slice(at));
    expect(state.messages.get('chat')?.get(5)).toStrictEqual({ ...placeOfFive, chat_pts: 12, hidden: true });
    hold(state, message(5, 12, 'of a page from before'));
    expect(state.messages.get('chat')?.get(5)).toStrictEqual({ ...placeOfFive, chat_pts: 12, hidden: true });
    expect(state.messages.get('chat')?.has(99)).toBe(false);
    apply(state, hidden(5));
    expect(state.messages.get('chat')?.get(5)).toStrictEqual({ ...placeOfFive, chat_pts: 12, hidden: true });
  }
});

it('a list of chats shows the last message that is not hidden; the count of unread ones does not change', () => {
  const state = resumed();
  hold(state, message(3, 4, 'three'));
  hold(state, message(4, 6, 'four'));
  apply(state, hidden(4), hidden(5));
  expect(toChatView(state, 'chat')).toMatchObject({ last_message: { seq: 3 }, last_seq: 5, unread_count: 2 });
  expect(toChatView(apply(state, hidden(3)), 'chat')).not.toHaveProperty('last_message');
});

/** Seen failing: without `hideAhead`. */
it('of a channel, what was hidden before its own log told of it is hidden when it does', () => {
  const state = fromSnapshot({ pts: 10, chats: [{ ...chat, kind: 'channel' }] });
  apply(state, hidden(6));
  const update: Update = {
    type: 'message.new',
    chat_id: 'chat',
    chat_pts: 10,
    seq: 6,
    message: message(6, 10, 'six'),
  };
  applyChannelUpdate(state, { chat_id: 'chat', chat_pts: 10, chat_pts_count: 1, update }, 'anna');
  expect(state.messages.get('chat')?.get(6)).toMatchObject({ seq: 6, hidden: true });
  expect(state.messages.get('chat')?.get(6)).not.toHaveProperty('content');
});
