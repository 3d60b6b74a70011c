import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  created,
  deleted,
  identity,
  memberOf,
  now_ms,
  reacted,
  sent,
  service,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import type { ChatEvent } from '../chat/events.js';
import { entriesOf } from '../chat/recipients.js';
import { channelUpdate, isSeenBy, unseenUpdate } from './channel-update.js';
import { applyChannelUpdate, emptyUserLog, foldUpdate, type UserLogState } from './fold.js';
import { renderUpdate } from './render.js';

const members = [memberOf('anna', 'owner'), memberOf('ben')];
const stored = (event: ChatNews, chat_pts: number) =>
  ({ ...event, event_id: 'id', version: 1, chat_pts }) as ChatEvent;
const summary = created('group', 'Group', members).data.chat;

/** The chat as anna has it after two messages. */
function joined(kind: 'group' | 'channel'): UserLogState {
  const state = emptyUserLog();
  const news = [created(kind, 'Group', members), sent(1, 'ben'), sent(2, 'anna')];
  for (const [index, event] of news.entries()) copy(state, stored(event, index + 1));
  return { ...state, chats: new Map([['chat', { ...state.chats.get('chat')!, chat_pts: 3 }]]) };
}

function copy(state: UserLogState, event: ChatEvent): void {
  const audience = new Map(members.map((member) => [member.user_id, member]));
  const entry = entriesOf(event, audience, 'chat').find(({ user_id }) => user_id === 'anna')!;
  foldUpdate(state, renderUpdate(entry, event, 0), 'anna');
}

const chatOf = (state: UserLogState) => ({
  ...state.chats.get('chat'),
  kind: '',
  messages: state.messages.get('chat'),
});

const news: readonly (readonly [string, ChatNews])[] = [
  ['a message', sent(3, 'ben')],
  ['an own message, which is read', sent(3, 'anna')],
  ['what the server says', service(3, 'ben', { kind: 'renamed', title: 'New' })],
  [
    'an edit',
    {
      type: 'MessageEdited',
      data: { message: identity(1, 'ben'), body: bodyOf('x'), edited_at_ms: now_ms, reactions: [] },
    },
  ],
  ['a deletion', deleted(1, 'ben', 2, 'anna')],
  ['an own reaction', reacted(1, 'anna', '+', ['+', 1])],
  ['a reaction', reacted(2, 'ben', '+', ['+', 1])],
  [
    'who comes',
    { type: 'MembersAdded', data: { chat: { ...summary, member_count: 3 }, added: [memberOf('cleo')] } },
  ],
  ['who goes', { type: 'MemberRemoved', data: { user_id: 'cleo', reason: 'left', member_count: 2 } }],
  ['a role', { type: 'RoleChanged', data: { user_id: 'ben', role: 'admin', member_count: 2 } }],
  ['the own role', { type: 'RoleChanged', data: { user_id: 'anna', role: 'member', member_count: 2 } }],
];

// Seen failing with the own role, the own read cursor, or the update itself left out in `applyChannelUpdate`.
it.each(news)('%s changes the same as its copy in a group', (_, event) => {
  const [group, channel] = [joined('group'), joined('channel')];
  expect(chatOf(channel)).toStrictEqual(chatOf(group));
  copy(group, stored(event, 4));
  const update = channelUpdate('chat', 4, stored(event, 4), 0);
  applyChannelUpdate(channel, { chat_id: 'chat', chat_pts: 4, chat_pts_count: 1, update }, 'anna');
  expect(chatOf(channel)).toStrictEqual(chatOf(group));
});

describe('the channel’s own numbering', () => {
  const told = (chat_pts: number) => ({ chat_id: 'chat', chat_pts, chat_pts_count: 1 as const });

  it('counts what is not seen, and types of a newer server', () => {
    const state = joined('channel');
    const before = chatOf(state);
    applyChannelUpdate(state, { ...told(4), update: unseenUpdate('chat', 4) }, 'anna');
    const newer = { type: 'chat.later', chat_id: 'chat', chat_pts: 5 } as never;
    applyChannelUpdate(state, { ...told(5), update: newer }, 'anna');
    expect(chatOf(state)).toStrictEqual({ ...before, chat_pts: 5 });
  });

  it('has no holes; a repeat, and a chat that is no channel, change nothing', () => {
    const state = joined('channel');
    const unseen = unseenUpdate('chat', 9);
    expect(() => applyChannelUpdate(state, { ...told(5), update: unseen }, 'anna')).toThrow(
      'does not follow',
    );
    for (const [kind, chatPts] of [
      ['channel', 3],
      ['group', 4],
    ] as const) {
      const same = joined(kind);
      applyChannelUpdate(same, { ...told(chatPts), update: unseen }, 'anna');
      expect(same).toStrictEqual(joined(kind));
    }
  });
});

it('is seen from the visible range on, and from the joining on', () => {
  const late = memberOf('dan', 'member', { visible_from_seq: 3, joined_at_ms: 1_500 });
  const seen = [{ seq: 3, date_ms: 1_000 }, { date_ms: 1_500 }].map((one) => isSeenBy(late, one));
  const unseen = [{ seq: 2, date_ms: 2_000 }, { date_ms: 1_499 }].map((one) => isSeenBy(late, one));
  expect([seen, unseen]).toStrictEqual([
    [true, true],
    [false, false],
  ]);
});
