/** Seen failing: who is banned can be added; a member who is banned stays one. */
import { describe, it } from 'vitest';
import {
  add,
  ban,
  chat_id,
  direct,
  givenChat,
  group,
  memberOf,
  sent,
  service,
  unban,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import { chat_bans_max } from './limits.js';

const answer = { kind: 'chat', chat_id } as const;
const again = { repeats: answer };
const [anna, ben, cleo] = [memberOf('anna', 'owner'), memberOf('ben', 'admin'), memberOf('cleo')];
const there = [...group(anna, ben, cleo, memberOf('dan', 'admin')), sent(2, 'cleo')];
const banned = (user_id: string, by: string, member_count: number): ChatNews => ({
  type: 'MemberBanned',
  data: { user_id, by, member_count },
});
const unbanned = (user_id: string): ChatNews => ({
  type: 'MemberUnbanned',
  data: { user_id, member_count: 3 },
});
const removed = (user_id: string): ChatNews => ({
  type: 'MemberRemoved',
  data: { user_id, reason: 'removed', member_count: 3 },
});
const gone = [
  removed('cleo'),
  banned('cleo', 'ben', 3),
  service(3, 'ben', { kind: 'removed', user_ids: ['cleo'] }),
];

describe('banning', () => {
  it('removes a member; who is none is banned without a word', () => {
    givenChat(...there)
      .when(ban('ben', 'cleo'))
      .accepts(gone, answer, again);
    givenChat(...there)
      .when(ban('ben', 'zoe'))
      .accepts([banned('zoe', 'ben', 4)], answer, again);
  });

  it('keeps them out, whoever adds them, until it is lifted', () => {
    for (const user of ['anna', 'ben'])
      givenChat(...there, ...gone)
        .when(add(user, 'eva', 'cleo'))
        .rejects('BANNED', { user_ids: ['cleo'] });
    givenChat(...there, ...gone)
      .when(unban('dan', 'cleo'))
      .accepts([unbanned('cleo')], answer, again);
    givenChat(...there, ...gone, unbanned('cleo'))
      .when(ban('anna', 'cleo'))
      .accepts([banned('cleo', 'anna', 3)], answer, again);
    givenChat(...there)
      .when(unban('anna', 'cleo'))
      .repeats(answer);
  });

  it('is the owner’s towards admins, the admins’ towards members, nobody’s towards the owner or oneself', () => {
    for (const [user, other] of [
      ['ben', 'dan'],
      ['ben', 'anna'],
      ['ben', 'ben'],
      ['anna', 'anna'],
      ['cleo', 'cleo'],
      ['cleo', 'zoe'],
    ] as const)
      givenChat(...there)
        .when(ban(user, other))
        .rejects('FORBIDDEN');
    givenChat(...there)
      .when(ban('anna', 'ben'))
      .accepts(
        [
          removed('ben'),
          banned('ben', 'anna', 3),
          service(3, 'anna', { kind: 'removed', user_ids: ['ben'] }),
        ],
        answer,
        again,
      );
    givenChat(...there, ...gone)
      .when(unban('cleo', 'cleo'))
      .rejects('NOT_A_MEMBER');
    givenChat(...there)
      .when(unban('cleo', 'zoe'))
      .rejects('FORBIDDEN');
    givenChat(...direct('anna', 'ben'))
      .when(ban('anna', 'ben'))
      .rejects('WRONG_CHAT_KIND', { kind: 'direct' });
  });

  it('ends at chat_bans_max', () => {
    const many = Array.from({ length: chat_bans_max }, (_, index) => banned(`user-${index}`, 'anna', 4));
    givenChat(...there, ...many)
      .when(ban('anna', 'zoe'))
      .rejects('BANS_LIMIT', { chat_bans_max });
    givenChat(...there, ...many)
      .when(ban('anna', 'user-7'))
      .repeats(answer);
  });
});
