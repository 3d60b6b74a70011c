import { describe, it } from 'vitest';
import {
  create,
  created,
  direct,
  givenChat,
  group,
  memberOf,
  now_ms,
  service,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import { added_members_max, chat_members_max, fanout_members_max } from './limits.js';

const chat = { kind: 'chat', chat_id: 'chat' } as const;
const joinedNow = { joined_at_ms: now_ms };

describe('creating a direct chat', () => {
  it('is for exactly two, both plain members, without a service message', () => {
    const members = [memberOf('anna', 'member', joinedNow), memberOf('ben', 'member', joinedNow)];
    givenChat()
      .when(create('anna', 'direct', 'ben'))
      .accepts([created('direct', null, members, now_ms)], chat, { repeats: chat });
  });

  it('counts the creator among the members once', () => {
    const members = [memberOf('anna', 'member', joinedNow), memberOf('ben', 'member', joinedNow)];
    givenChat()
      .when(create('anna', 'direct', 'anna', 'ben', 'ben'))
      .accepts([created('direct', null, members, now_ms)], chat, { repeats: chat });
  });

  it('is a repeat for either of the two', () => {
    givenChat(...direct('anna', 'ben'))
      .when(create('ben', 'direct', 'anna'))
      .repeats(chat);
  });

  it('is not for oneself alone, nor for three', () => {
    givenChat()
      .when(create('anna', 'direct', 'anna'))
      .rejects('MEMBERS_LIMIT', { others: 1 });
    givenChat()
      .when(create('anna', 'direct', 'ben', 'cleo'))
      .rejects('MEMBERS_LIMIT', { others: 1 });
  });

  it('tells a stranger nothing', () => {
    givenChat(...direct('anna', 'ben'))
      .when(create('cleo', 'direct', 'anna'))
      .rejects('NOT_A_MEMBER');
  });
});

describe('creating a group', () => {
  it('makes the creator its owner and tells of it in the first message', () => {
    const members = [
      memberOf('anna', 'owner', joinedNow),
      memberOf('ben', 'member', joinedNow),
      memberOf('cleo', 'member', joinedNow),
    ];
    const events = [
      created('group', 'Group', members, now_ms),
      service(1, 'anna', { kind: 'created', title: 'Group' }),
    ];
    givenChat()
      .when(create('anna', 'group', 'ben', 'anna', 'cleo', 'ben'))
      .accepts(events, chat, { repeats: chat });
  });

  it('has room for fanout_members_max, the creator included', () => {
    const others = Array.from({ length: fanout_members_max }, (_, index) => `user-${index}`);
    givenChat()
      .when(create('anna', 'group', ...others))
      .rejects('MEMBERS_LIMIT', { fanout_members_max });
    const members = [memberOf('anna', 'owner', joinedNow)];
    for (const other of others.slice(1)) members.push(memberOf(other, 'member', joinedNow));
    const events = [
      created('group', 'Group', members, now_ms),
      service(1, 'anna', { kind: 'created', title: 'Group' }),
    ];
    givenChat()
      .when(create('anna', 'group', ...others.slice(1)))
      .accepts(events, chat, { repeats: chat });
  });

  it('is refused to anybody but its creator once it is there', () => {
    const there = group(memberOf('anna', 'owner'), memberOf('ben'));
    givenChat(...there)
      .when(create('ben', 'group', 'anna'))
      .rejects('CHAT_EXISTS');
    givenChat(...there)
      .when(create('anna', 'direct', 'ben'))
      .rejects('CHAT_EXISTS');
    givenChat(...there)
      .when(create('cleo', 'group', 'anna'))
      .rejects('NOT_A_MEMBER');
  });
});

describe('creating a channel', () => {
  const joined = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

  it('takes more members than a group, told by several events', () => {
    const others = joined(added_members_max + 1);
    const founders = [
      memberOf('anna', 'owner', joinedNow),
      ...others.map((id) => memberOf(id, 'member', joinedNow)),
    ];
    const first = created('channel', 'Group', founders.slice(0, added_members_max), now_ms);
    const chat = { ...first.data.chat, member_count: founders.length };
    const events: ChatNews[] = [
      first,
      { type: 'MembersAdded', data: { chat, added: founders.slice(added_members_max) } },
      service(1, 'anna', { kind: 'created', title: 'Group' }),
    ];
    givenChat()
      .when(create('anna', 'channel', ...others))
      .accepts(events, { kind: 'chat', chat_id: 'chat' }, { repeats: { kind: 'chat', chat_id: 'chat' } });
  });

  it('ends at chat_members_max', () => {
    givenChat()
      .when(create('anna', 'channel', ...joined(chat_members_max)))
      .rejects('MEMBERS_LIMIT', { chat_members_max });
  });
});
