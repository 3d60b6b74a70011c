import { describe, expect, it } from 'vitest';
import {
  add,
  direct,
  givenChat,
  givenSmallGroups,
  group,
  leave,
  memberOf,
  now_ms,
  remove,
  sent,
  service,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import { given_at_ms } from '../../../test/support/given.js';
import { default_permissions } from '../authority/rules.js';
import type { NewEvent } from '../kernel/new-event.js';
import { chatDecider } from './decider.js';
import type { Member, MembersAdded, Role } from './events.js';
import { chat_members_max, fanout_members_max } from './limits.js';

const chat = { kind: 'chat', chat_id: 'chat' } as const;
const anna = memberOf('anna', 'owner');
const ben = memberOf('ben', 'admin');
const cleo = memberOf('cleo');
const there = [...group(anna, ben, cleo), sent(2, 'cleo')];

const added = (member_count: number, last_seq: number, ...ids: string[]): NewEvent<MembersAdded> => ({
  type: 'MembersAdded',
  data: {
    chat: {
      kind: 'group',
      title: 'Group',
      photo_media_id: null,
      created_at_ms: given_at_ms,
      last_seq,
      member_count,
    },
    added: ids.map((id) => memberOf(id, 'member', { joined_at_ms: now_ms, visible_from_seq: last_seq + 1 })),
  },
});

const inChannel = (event: ChatNews): ChatNews =>
  event.type === 'MembersAdded'
    ? { ...event, data: { ...event.data, chat: { ...event.data.chat, kind: 'channel' } } }
    : event;

const removed = (user_id: string, reason: 'removed' | 'left', member_count: number): ChatNews => ({
  type: 'MemberRemoved',
  data: { user_id, reason, member_count },
});

const inherits = (user_id: string, member_count: number): ChatNews => ({
  type: 'RoleChanged',
  data: { user_id, role: 'owner', member_count },
});

const stateOf = (history: readonly ChatNews[]) =>
  history.reduce((state, event) => chatDecider.evolve(state, event, given_at_ms), chatDecider.initialState);

describe('adding members', () => {
  const events = [added(5, 2, 'dan', 'eva'), service(3, 'ben', { kind: 'joined', user_ids: ['dan', 'eva'] })];

  it('lets them see from the message that tells of it; who is there already is left out', () => {
    const again = { repeats: chat };
    givenChat(...there)
      .when(add('ben', 'dan', 'cleo', 'eva', 'dan'))
      .accepts(events, chat, again);
  });

  it('is nothing when all are there', () => {
    givenChat(...there)
      .when(add('anna', 'ben', 'cleo'))
      .repeats(chat);
  });

  it('is for owners and admins of groups', () => {
    givenChat(...there)
      .when(add('cleo', 'dan'))
      .rejects('FORBIDDEN', { permission: 'add_members', role: 'admin' });
    givenChat(...there)
      .when(add('zoe', 'dan'))
      .rejects('NOT_A_MEMBER');
    givenChat(...direct('anna', 'ben'))
      .when(add('anna', 'dan'))
      .rejects('WRONG_CHAT_KIND', { kind: 'direct' });
  });

  it('leaves a group what it is up to fanout_members_max', () => {
    const many = Array.from({ length: fanout_members_max - 3 }, (_, index) => `user-${index}`);
    const full = [
      added(fanout_members_max, 2, ...many),
      service(3, 'anna', { kind: 'joined', user_ids: many }),
    ];
    givenChat(...there)
      .when(add('anna', ...many))
      .accepts(full, chat, { repeats: chat });
  });

  it('may be for everybody, or for the owner alone', () => {
    const allowing = (add_members: Role): ChatNews => ({
      type: 'ChatChanged',
      data: { permissions: { ...default_permissions, add_members } },
    });
    const event = added(4, 2, 'dan');
    const summary = { ...event.data.chat, permissions: { ...default_permissions, add_members: 'member' } };
    const told = { ...event, data: { ...event.data, chat: summary } } as ChatNews;
    givenChat(...there, allowing('member'))
      .when(add('cleo', 'dan'))
      .accepts([told, service(3, 'cleo', { kind: 'joined', user_ids: ['dan'] })], chat, { repeats: chat });
    givenChat(...there, allowing('owner'))
      .when(add('ben', 'dan'))
      .rejects('FORBIDDEN', { permission: 'add_members', role: 'owner' });
  });

  it('shows them everything where the chat says so, and what follows where it says that again', () => {
    const showing = (history: 'all' | 'joined'): ChatNews => ({ type: 'ChatChanged', data: { history } });
    const event = added(4, 2, 'dan');
    const dan = memberOf('dan', 'member', { joined_at_ms: now_ms, visible_from_seq: 1, joined_seq: 3 });
    const all = {
      ...event,
      data: { chat: { ...event.data.chat, history: 'all' }, added: [dan] },
    } as ChatNews;
    const told = service(3, 'ben', { kind: 'joined', user_ids: ['dan'] });
    givenChat(...there, showing('all'))
      .when(add('ben', 'dan'))
      .accepts([all, told], chat, { repeats: chat });
    const late = {
      ...event,
      data: { ...event.data, chat: { ...event.data.chat, history: 'joined' } },
    } as ChatNews;
    givenChat(...there, showing('all'), showing('joined'))
      .when(add('ben', 'dan'))
      .accepts([late, told], chat, { repeats: chat });
  });

  const joined = ['dan', 'eva'];
  const beyond: ChatNews[] = [
    { type: 'BecameChannel', data: { member_count: 3 } },
    service(3, 'anna', { kind: 'became_channel' }),
    inChannel(added(5, 3, ...joined)),
    service(4, 'anna', { kind: 'joined', user_ids: joined }, now_ms, 'service-1'),
  ];

  it('makes a channel of a group that grows beyond it, before the growth and once', () => {
    const given = givenSmallGroups(4);
    given(...there)
      .when(add('anna', ...joined))
      .accepts(beyond, chat, { repeats: chat });
    const more = [inChannel(added(6, 4, 'fay')), service(5, 'anna', { kind: 'joined', user_ids: ['fay'] })];
    given(...there, ...beyond)
      .when(add('anna', 'fay'))
      .accepts(more, chat, { repeats: chat });
  });

  it('leaves it a channel when it shrinks again', () => {
    const shrunk = [...there, ...beyond, ...joined.map((id, gone) => removed(id, 'left', 4 - gone))];
    givenSmallGroups(4)(...shrunk)
      .when(add('anna', 'dan'))
      .accepts(
        [inChannel(added(4, 4, 'dan')), service(5, 'anna', { kind: 'joined', user_ids: ['dan'] })],
        chat,
        { repeats: chat },
      );
  });

  it('ends at chat_members_max', () => {
    const many = Array.from({ length: chat_members_max - 2 }, (_, index) => `user-${index}`);
    givenChat(...there)
      .when(add('anna', ...many))
      .rejects('MEMBERS_LIMIT', { chat_members_max });
  });
});

describe('removing a member', () => {
  const events = [removed('cleo', 'removed', 2), service(3, 'ben', { kind: 'removed', user_ids: ['cleo'] })];

  it('tells those who stay', () => {
    givenChat(...there)
      .when(remove('ben', 'cleo'))
      .accepts(events, chat, { repeats: chat });
  });

  it('is for the owner towards anybody, for admins towards members', () => {
    const adminGone = [
      removed('ben', 'removed', 2),
      service(3, 'anna', { kind: 'removed', user_ids: ['ben'] }),
    ];
    givenChat(...there)
      .when(remove('anna', 'ben'))
      .accepts(adminGone, chat, { repeats: chat });
    givenChat(...there)
      .when(remove('ben', 'anna'))
      .rejects('FORBIDDEN');
    givenChat(...group(anna, ben, memberOf('dan', 'admin')))
      .when(remove('ben', 'dan'))
      .rejects('FORBIDDEN');
    givenChat(...there)
      .when(remove('cleo', 'ben'))
      .rejects('FORBIDDEN');
    givenChat(...there)
      .when(remove('cleo', 'nobody'))
      .rejects('FORBIDDEN');
    givenChat(...there)
      .when(remove('zoe', 'cleo'))
      .rejects('NOT_A_MEMBER');
  });

  it('ends what the removed may do', () => {
    givenChat(...there, ...events)
      .when(leave('cleo'))
      .rejects('NOT_A_MEMBER');
    givenChat(...there, ...events)
      .when(add('cleo', 'dan'))
      .rejects('NOT_A_MEMBER');
  });

  it('is leaving when it is oneself', () => {
    const left = [removed('cleo', 'left', 2), service(3, 'cleo', { kind: 'left', user_ids: ['cleo'] })];
    givenChat(...there)
      .when(remove('cleo', 'cleo'))
      .accepts(left, chat, { rejects: 'NOT_A_MEMBER' });
  });

  it('does not exist in direct chats', () => {
    givenChat(...direct('anna', 'ben'))
      .when(remove('anna', 'ben'))
      .rejects('WRONG_CHAT_KIND', { kind: 'direct' });
  });
});

describe('leaving', () => {
  const again = { rejects: 'NOT_A_MEMBER' } as const;

  it('is for everybody, once', () => {
    const left = [removed('ben', 'left', 2), service(3, 'ben', { kind: 'left', user_ids: ['ben'] })];
    givenChat(...there)
      .when(leave('ben'))
      .accepts(left, chat, again);
  });

  it('of the last owner passes the chat on, to an admin before a member', () => {
    const left = (heir: string) => [
      inherits(heir, 3),
      removed('anna', 'left', 2),
      service(3, 'anna', { kind: 'left', user_ids: ['anna'] }),
      service(4, 'anna', { kind: 'role', user_ids: [heir], role: 'owner' }, now_ms, 'service-1'),
    ];
    const admin = memberOf('ben', 'admin', { joined_at_ms: 900 });
    const older = memberOf('cleo', 'member', { joined_at_ms: 800 });
    givenChat(...group(anna, admin, older), sent(2, 'cleo'))
      .when(leave('anna'))
      .accepts(left('ben'), chat, again);
    const plain = memberOf('ben', 'member', { joined_at_ms: 900 });
    givenChat(...group(anna, plain, older), sent(2, 'cleo'))
      .when(leave('anna'))
      .accepts(left('cleo'), chat, again);
  });

  it('passes it on to who stands first in the list, of those who came at the same moment', () => {
    const heirOf = (...members: Member[]) => {
      const left = chatDecider.decide(stateOf(group(anna, ...members)), leave('anna')([]));
      return left.kind === 'accept' && left.events[0]!.type === 'RoleChanged' && left.events[0]!.data.user_id;
    };
    expect(heirOf(cleo, ben, memberOf('dan', 'admin'))).toBe('ben');
    expect(heirOf(memberOf('dan', 'admin'), cleo, ben)).toBe('dan');
    expect(heirOf(memberOf('dan'), cleo)).toBe('dan');
  });

  it('of an owner beside another passes nothing on', () => {
    const two = group(anna, memberOf('ben', 'owner'));
    const left = [removed('anna', 'left', 1), service(2, 'anna', { kind: 'left', user_ids: ['anna'] })];
    givenChat(...two)
      .when(leave('anna'))
      .accepts(left, chat, again);
  });

  it('of the last person leaves an empty chat, which nobody can enter', () => {
    const left = [removed('anna', 'left', 0), service(2, 'anna', { kind: 'left', user_ids: ['anna'] })];
    givenChat(...group(anna))
      .when(leave('anna'))
      .accepts(left, chat, again);
    givenChat(...group(anna), ...left)
      .when(add('anna', 'ben'))
      .rejects('NOT_A_MEMBER');
  });

  it('does not exist in direct chats', () => {
    givenChat(...direct('anna', 'ben'))
      .when(leave('anna'))
      .rejects('WRONG_CHAT_KIND', { kind: 'direct' });
  });
});
