import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  created,
  deleted,
  identity,
  memberOf,
  reacted,
  sent,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import type { ChatEvent, Tombstoned } from '../chat/events.js';
import type { EntryKind } from './entry.js';
import { hashedEntryOf } from './hashed-update.js';
import { untold } from './fold.js';
import { renderUpdate as renderAt, type RenderedEvent, type Tombstone } from './render.js';

/** Before anything is due. */
const renderUpdate = (shown: Parameters<typeof renderAt>[0], event: RenderedEvent | null, left?: Tombstone) =>
  renderAt(shown, event, 0, left);
const about = { chat_id: 'chat', chat_pts: 4 };
const stored = (event: ChatNews, chat_pts = 4) =>
  ({ ...event, event_id: 'e', version: 1, chat_pts }) as ChatEvent;
const entry = (kind: EntryKind, more: object = {}) => ({ kind, ...about, ...more });
const tombstone = stored(deleted(2, 'ben', 4, 'anna'), 8) as Tombstoned;

describe('an update', () => {
  const message = { chat_id: 'chat', ...identity(2, 'ben') };

  it('of a message shows it, and the sender’s cursor in the sender’s log', () => {
    const update = renderUpdate(
      entry('message.new', { seq: 2, values: { read_seq: 2 } }),
      stored(sent(2, 'ben')),
    );
    const content = { type: 'text', text: 'message 2' };
    expect(update).toStrictEqual({
      type: 'message.new',
      ...about,
      seq: 2,
      message: { ...message, chat_pts: 4, content, reactions: [] },
      read_seq: 2,
    });
  });

  // Seen failing with the flag left in the event.
  it('of a message says that it was sent silently, of an edit of it not', () => {
    const { data } = sent(2, 'ben') as Extract<ChatNews, { type: 'MessageSent' }>;
    const silent: ChatNews = { type: 'MessageSent', data: { ...data, silent: true } };
    const render = (kind: EntryKind, event: ChatNews) => renderUpdate(entry(kind, { seq: 2 }), stored(event));
    expect(render('message.new', silent)).toMatchObject({ type: 'message.new', silent: true });
    expect(render('message.new', sent(2, 'ben'))).not.toHaveProperty('silent');
    const edited: ChatNews = { type: 'MessageEdited', data: { ...data, edited_at_ms: 7, reactions: [] } };
    expect(render('message.edited', edited)).not.toHaveProperty('silent');
    expect(renderUpdate(entry('message.new', { seq: 2 }), null, tombstone)).not.toHaveProperty('silent');
  });

  it('of an edit shows the whole message', () => {
    const event = stored({
      type: 'MessageEdited',
      data: {
        message: identity(2, 'ben'),
        body: bodyOf('better'),
        edited_at_ms: 7,
        reactions: [{ emoji: '+', count: 2 }],
      },
    });
    const content = { type: 'text', text: 'better' };
    const shown = {
      ...message,
      chat_pts: 4,
      content,
      edited_at_ms: 7,
      reactions: [{ emoji: '+', count: 2 }],
    };
    const update = renderUpdate(entry('message.edited', { seq: 2 }), event);
    expect(update).toStrictEqual({ type: 'message.edited', ...about, seq: 2, message: shown });
  });

  it.each(['message.new', 'message.edited'] as const)(
    '%s of what is deleted since shows the tombstone',
    (kind) => {
      const shown = { ...message, chat_pts: 8, deleted: true, reactions: [] };
      const update = { type: kind, ...about, seq: 2, message: shown };
      expect(renderUpdate(entry(kind, { seq: 2 }), null, tombstone)).toStrictEqual(update);
      expect(renderUpdate(entry(kind, { seq: 2 }), stored(sent(2, 'ben')), tombstone)).toStrictEqual(update);
    },
  );

  it('of a deletion and a reaction is absolute', () => {
    expect(renderUpdate(entry('message.deleted', { seq: 2, chat_pts: 8 }), tombstone)).toStrictEqual({
      type: 'message.deleted',
      chat_id: 'chat',
      chat_pts: 8,
      seq: 2,
      deleted_by: 'anna',
      date_ms: 2_000,
    });
    const event = stored(reacted(2, 'ben', '+', ['+', 3]));
    expect(renderUpdate(entry('message.reaction', { seq: 2 }), event)).toStrictEqual({
      type: 'message.reaction',
      ...about,
      seq: 2,
      user_id: 'ben',
      emoji: '+',
      reactions: [{ emoji: '+', count: 3 }],
    });
  });

  it('of a cursor needs no event', () => {
    for (const type of ['read.inbox', 'read.outbox', 'delivered.outbox'] as const) {
      expect(renderUpdate(entry(type, { seq: 2 }), null)).toStrictEqual({ type, ...about, seq: 2 });
    }
  });

  it('of a new chat names the people of a direct one only', () => {
    const values = { visible_from_seq: 1, read_seq: 0, role: 'member' } as const;
    const members = [memberOf('anna'), memberOf('ben')];
    const render = (kind: 'direct' | 'group') =>
      renderUpdate(entry('chat.new', { values }), stored(created(kind, null, members)));
    const chat = {
      ...untold,
      kind: 'group',
      title: null,
      photo_media_id: null,
      created_at_ms: 1_000,
      last_seq: 0,
      member_count: 2,
      chat_id: 'chat',
    };
    expect(render('group')).toStrictEqual({ type: 'chat.new', ...about, chat, ...values });
    const peers = members.map(({ user_id, role }) => ({ user_id, role }));
    expect(render('direct')).toMatchObject({ chat: { kind: 'direct', members: peers } });
  });

  it('of a new chat and of one that changed shows what there is, and what is new', () => {
    const values = { visible_from_seq: 1, read_seq: 0, role: 'member' } as const;
    const summary = {
      kind: 'group',
      title: 'Us',
      photo_media_id: null,
      created_at_ms: 1,
      last_seq: 0,
    } as const;
    const chat = { ...summary, member_count: 2, description: 'about us' };
    const joined = stored({ type: 'MembersAdded', data: { chat, added: [memberOf('ben')] } });
    expect(renderUpdate(entry('chat.new', { values }), joined)).toMatchObject({ chat });
    const data = { title: 'We', description: null };
    expect(renderUpdate(entry('chat.changed'), stored({ type: 'ChatChanged', data }))).toStrictEqual({
      type: 'chat.changed',
      ...about,
      ...data,
    });
  });

  it('of members says who, and the role in the log of whose it is', () => {
    const none = { added: [], removed: [], changed: [] };
    const render = (event: ChatNews, more: object = {}) =>
      renderUpdate(entry('chat.members', more), stored(event));
    expect(
      render({ type: 'MemberRemoved', data: { user_id: 'ben', reason: 'left', member_count: 2 } }),
    ).toStrictEqual({ type: 'chat.members', ...about, ...none, removed: ['ben'], member_count: 2 });
    const changed = [{ user_id: 'ben', role: 'owner' }];
    const role = { values: { role: 'owner' } };
    expect(
      render({ type: 'RoleChanged', data: { user_id: 'ben', role: 'owner', member_count: 2 } }, role),
    ).toStrictEqual({ type: 'chat.members', ...about, ...none, changed, member_count: 2, role: 'owner' });
    const banned = { user_id: 'ben', by: 'anna', member_count: 2 };
    expect(render({ type: 'MemberBanned', data: banned })).toStrictEqual({
      type: 'chat.members',
      ...about,
      ...none,
      banned: ['ben'],
      member_count: 2,
    });
    expect(render({ type: 'MemberUnbanned', data: { user_id: 'ben', member_count: 2 } })).toMatchObject({
      unbanned: ['ben'],
    });
    expect(renderUpdate(entry('chat.removed'), null)).toStrictEqual({ type: 'chat.removed', ...about });
  });

  it('of a device shows it', () => {
    const device = { device_id: 'd', name: 'Phone', type: 'mobile', added_at_ms: 1 } as const;
    const base = { event_id: 'e', version: 1, chat_pts: 0 };
    const added: RenderedEvent = { ...base, type: 'DeviceAdded', data: { user_id: 'anna', device } };
    expect(renderUpdate({ kind: 'device.added' }, added)).toStrictEqual({ type: 'device.added', device });
    const data = { user_id: 'anna', device_id: 'd', reason: 'revoked' } as const;
    expect(renderUpdate({ kind: 'device.removed' }, { ...base, type: 'DeviceRevoked', data })).toStrictEqual({
      type: 'device.removed',
      reason: data.reason,
      device_id: 'd',
    });
  });

  it('cannot be made of an event that is gone without a tombstone, or of another kind', () => {
    const kinds = [
      'message.new',
      'message.edited',
      'message.deleted',
      'message.reaction',
      'chat.new',
    ] as const;
    for (const kind of [
      ...kinds,
      'chat.members',
      'chat.changed',
      'device.added',
      'device.removed',
    ] as const) {
      const values = { visible_from_seq: 1, read_seq: 0, role: 'member' };
      const erased = `${kind} cannot be made of an erased event`;
      expect(() => renderUpdate(entry(kind, { seq: 2, values }), null)).toThrow(erased);
    }
    expect(() => renderUpdate(entry('message.new', { seq: 2 }), tombstone)).toThrow('made of Tombstoned');
  });
});

it('what the hash covers can be taken back out of an update', () => {
  const values = { visible_from_seq: 3, read_seq: 2, role: 'admin' } as const;
  const shown = entry('chat.new', { values });
  const update = renderUpdate(shown, stored(created('group', 'Group', [memberOf('anna')])));
  expect(hashedEntryOf({ pts: 7, date_ms: 5, update })).toStrictEqual({ pts: 7, date_ms: 5, ...shown });
  const told = entry('message.new', { seq: 2 });
  const notification = { pts: 8, date_ms: 5, commitment: 'c', update: renderUpdate(told, null, tombstone) };
  expect(hashedEntryOf(notification)).toStrictEqual({ pts: 8, date_ms: 5, commitment: 'c', ...told });
});

/** Seen failing: without `dueAt`. */
it('of a message that is due is what a deleted one is shown as, before its tombstone stands', () => {
  const message = { ...identity(2, 'ben'), expires_at_ms: 9 };
  const body = bodyOf('words');
  const news = stored({ type: 'MessageSent', data: { message, body } });
  const edited = stored({ type: 'MessageEdited', data: { message, body, edited_at_ms: 7, reactions: [] } });
  for (const [kind, event] of [
    ['message.new', news],
    ['message.edited', edited],
  ] as const) {
    const shownAt = (nowMs: number) => JSON.stringify(renderAt(entry(kind, { seq: 2 }), event, nowMs));
    expect(shownAt(8)).toContain('words');
    expect(shownAt(9)).not.toContain('words');
    expect(JSON.parse(shownAt(9))).toMatchObject({
      message: { seq: 2, chat_pts: 4, expires_at_ms: 9, deleted: true },
    });
  }
});
