/**
 * Seen failing: permissions that were changed are not looked at; an admin lifts what is for the owner alone; a member changes permissions.
 */
import { describe, expect, it } from 'vitest';
import {
  add,
  chat_id,
  direct,
  edit,
  givenChat,
  group,
  memberOf,
  react,
  reacted,
  send,
  sent,
  service,
  update,
  type ChatNews,
} from '../../../test/support/example-chat.js';
import { given_at_ms } from '../../../test/support/given.js';
import { default_permissions } from '../authority/rules.js';
import { chatDecider } from './decider.js';
import type { ChatInfo } from './events.js';

const answer = { kind: 'chat', chat_id } as const;
const there = [
  ...group(memberOf('anna', 'owner'), memberOf('ben', 'admin'), memberOf('cleo')),
  sent(2, 'cleo'),
];
const changed = (data: Partial<ChatInfo>): ChatNews => ({ type: 'ChatChanged', data });
const again = { repeats: answer };
const stateOf = (...history: readonly ChatNews[]) =>
  history.reduce((before, event) => chatDecider.evolve(before, event, given_at_ms), chatDecider.initialState);

describe('changing a chat', () => {
  it('tells what is different, the title and the photo in the chat as well', () => {
    givenChat(...there)
      .when(update('ben', { title: 'Trip', description: 'To the lake', photo_media_id: 'photo' }))
      .accepts(
        [
          changed({ title: 'Trip', description: 'To the lake', photo_media_id: 'photo' }),
          service(3, 'ben', { kind: 'renamed', title: 'Trip' }),
          service(4, 'ben', { kind: 'photo' }, undefined, 'service-1'),
        ],
        answer,
        again,
      );
  });

  it('leaves out what is as it was, and what is not named', () => {
    givenChat(...there)
      .when(update('anna', { title: 'Group', description: 'new' }))
      .accepts([changed({ description: 'new' })], answer, again);
    givenChat(...there)
      .when(update('anna', { title: 'Group', description: null }))
      .repeats(answer);
    givenChat(...there)
      .when(update('anna', {}))
      .repeats(answer);
  });

  it('takes a description and a photo away', () => {
    givenChat(...there, changed({ description: 'old', photo_media_id: 'photo' }))
      .when(update('anna', { description: null, photo_media_id: null }))
      .accepts(
        [changed({ description: null, photo_media_id: null }), service(3, 'anna', { kind: 'photo' })],
        answer,
        again,
      );
  });

  it('is for owners and admins of groups', () => {
    givenChat(...there)
      .when(update('cleo', { title: 'Mine' }))
      .rejects('FORBIDDEN', { permission: 'change_info', role: 'admin' });
    givenChat(...there)
      .when(update('zoe', { title: 'Mine' }))
      .rejects('NOT_A_MEMBER');
    givenChat(...direct('anna', 'ben'))
      .when(update('anna', { title: 'Ours' }))
      .rejects('WRONG_CHAT_KIND', { kind: 'direct' });
  });

  it('gives permissions, those named, and tells all of them', () => {
    const permissions = { ...default_permissions, send: 'admin' as const };
    givenChat(...there)
      .when(update('ben', { permissions: { send: 'admin' }, history: 'all' }))
      .accepts([changed({ permissions, history: 'all' })], answer, again);
    givenChat(...there)
      .when(update('ben', { permissions: { send: 'member' }, history: 'joined' }))
      .repeats(answer);
  });

  it('of what is for the owner alone is the owner’s, of permissions and history not a member’s', () => {
    const open = changed({ permissions: { send: 'owner', add_members: 'member', change_info: 'member' } });
    const refused = (user: string, change: Parameters<typeof update>[1], field: string) =>
      givenChat(...there, open)
        .when(update(user, change))
        .rejects('FORBIDDEN', { field });
    refused('ben', { permissions: { send: 'member' } }, 'permissions.send');
    refused(
      'ben',
      { permissions: { add_members: 'admin', change_info: 'owner' } },
      'permissions.change_info',
    );
    refused('cleo', { permissions: { add_members: 'admin' } }, 'permissions');
    refused('cleo', { title: 'Ours', history: 'all' }, 'history');
    givenChat(...there, open)
      .when(update('cleo', { description: 'ours' }))
      .accepts([changed({ description: 'ours' })], answer, again);
    const all = { send: 'member', add_members: 'admin', change_info: 'owner' } as const;
    givenChat(...there, open)
      .when(update('anna', { permissions: all }))
      .accepts([changed({ permissions: all })], answer, again);
  });

  it('decides who may write, and change what they wrote, from then on', () => {
    const quiet = changed({ permissions: { ...default_permissions, send: 'admin' } });
    const refused = { permission: 'send', role: 'admin' };
    givenChat(...there, quiet)
      .when(send('cleo', 'hello'))
      .rejects('FORBIDDEN', refused);
    givenChat(...there, quiet)
      .when(edit('cleo', 2, 'better'))
      .rejects('FORBIDDEN', refused);
    givenChat(...there, quiet)
      .when(react('cleo', 2, '+'))
      .accepts([reacted(2, 'cleo', '+', ['+', 1])], { kind: 'reacted' }, { repeats: { kind: 'reacted' } });
    expect(chatDecider.decide(stateOf(...there, quiet), send('ben', 'hello')([])).kind).toBe('accept');
  });

  it('is told to who joins after it', () => {
    const state = stateOf(...there, changed({ title: 'Trip', description: 'To the lake' }));
    const verdict = chatDecider.decide(state, add('anna', 'dan')([]));
    expect(verdict).toMatchObject({
      events: [{ type: 'MembersAdded', data: { chat: { title: 'Trip', description: 'To the lake' } } }, {}],
    });
  });
});
