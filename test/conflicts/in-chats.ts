/** About a chat: who is in it as what, what it is called, that it is there at all. */
import { chatDecider, chatDeciderWith, type ChatState } from '#domain/chat/index.js';
import {
  add,
  ban,
  create,
  group,
  leave,
  memberOf,
  remove,
  send,
  sent,
  setBlocked,
  setRole,
  unban,
  type ChatNews,
  direct,
  update,
} from '../support/example-chat.js';
import { already, conflictsOf, done } from './conflict.js';

const conflict = conflictsOf({ orderedBy: 'the chat', decider: chatDecider });
/** Groups of three and more are channels. */
const small = conflictsOf({ orderedBy: 'the chat', decider: chatDeciderWith({ fanout_members_max: 2 }) });

const there = group(memberOf('ann', 'owner'), memberOf('ben', 'admin'), memberOf('cleo'));

function people(state: ChatState): string {
  if (state.status === 'none') return 'no chat';
  const names = [...state.members.values()].map(({ user_id, role }) =>
    role === 'member' ? user_id : `${user_id} (${role})`,
  );
  return names.join(', ') || 'nobody';
}
const banned = (state: ChatState): string =>
  (state.status === 'none' ? undefined : state.banned_ids)?.join(', ') || 'nobody';
const isFrom =
  (user_id: string) =>
  (event: ChatNews): boolean =>
    event.type === 'MessageSent' && event.data.message.sender_id === user_id;
const info = (state: ChatState): string =>
  state.status === 'none' ? 'no chat' : [state.title, state.description ?? 'no description'].join(', ');

export const inChats = [
  conflict({
    between: 'add against remove, of one person',
    why: 'The later holds. Whoever is removed and added again begins anew, and sees nothing from in between.',
    given: there,
    acts: { add: add('ann', 'dan'), remove: remove('ben', 'dan') },
    shows: people,
    ends: {
      'add, remove': [[done, done], 'ann (owner), ben (admin), cleo'],
      'remove, add': [[already, done], 'ann (owner), ben (admin), cleo, dan'],
    },
  }),
  conflict({
    between: 'add against add, of one person',
    why: 'Once in is in; the second has nothing to do, and tells the chat nothing.',
    given: there,
    acts: { ann: add('ann', 'dan'), ben: add('ben', 'dan') },
    shows: people,
    ends: {
      'ann, ben': [[done, already], 'ann (owner), ben (admin), cleo, dan'],
      'ben, ann': [[done, already], 'ann (owner), ben (admin), cleo, dan'],
    },
  }),
  conflict({
    between: 'remove against leave, of one person',
    why: 'Out is out; who comes second is told so.',
    given: there,
    acts: { remove: remove('ann', 'cleo'), leave: leave('cleo') },
    shows: people,
    ends: {
      'remove, leave': [[done, 'NOT_A_MEMBER'], 'ann (owner), ben (admin)'],
      'leave, remove': [[done, already], 'ann (owner), ben (admin)'],
    },
  }),
  conflict({
    between: 'removal against what an admin is doing',
    why: 'A right is judged where the act stands in the chat: what the admin did before holds, and nothing after.',
    given: there,
    acts: { remove: remove('ann', 'ben'), add: add('ben', 'dan') },
    shows: people,
    ends: {
      'remove, add': [[done, 'NOT_A_MEMBER'], 'ann (owner), cleo'],
      'add, remove': [[done, done], 'ann (owner), cleo, dan'],
    },
  }),
  conflict({
    between: 'the owner leaves against an admin who leaves',
    why: 'A chat is never without an owner while somebody is in it: the longest admin, or else member, of those who are left inherits.',
    given: there,
    acts: { owner: leave('ann'), admin: leave('ben') },
    shows: people,
    ends: {
      'owner, admin': [[done, done], 'cleo (owner)'],
      'admin, owner': [[done, done], 'cleo (owner)'],
    },
  }),
  conflict({
    between: 'an inherited chat against the heir’s removal',
    why: 'Owners are removed by owners alone: who has just inherited stays.',
    given: group(
      memberOf('ann', 'owner'),
      memberOf('ben', 'admin'),
      memberOf('cleo', 'admin'),
      memberOf('dan'),
    ),
    acts: { leave: leave('ann'), remove: remove('cleo', 'ben') },
    shows: people,
    ends: {
      'leave, remove': [[done, 'FORBIDDEN'], 'ben (owner), cleo (admin), dan'],
      'remove, leave': [['FORBIDDEN', done], 'ben (owner), cleo (admin), dan'],
    },
  }),
  conflict({
    between: 'role against removal',
    why: 'A right is judged where the act stands: admins do not remove admins, and who is out has no role.',
    given: there,
    acts: { promote: setRole('ann', 'cleo', 'admin'), remove: remove('ben', 'cleo') },
    shows: people,
    ends: {
      'promote, remove': [[done, 'FORBIDDEN'], 'ann (owner), ben (admin), cleo (admin)'],
      'remove, promote': [[done, 'NOT_FOUND'], 'ann (owner), ben (admin)'],
    },
  }),
  conflict({
    between: 'handing a chat over against handing it over to another',
    why: 'A chat has one owner: the first has it, and the second act is no longer the owner’s.',
    given: there,
    acts: { ben: setRole('ann', 'ben', 'owner'), cleo: setRole('ann', 'cleo', 'owner') },
    shows: people,
    ends: {
      'ben, cleo': [[done, 'FORBIDDEN'], 'ann (admin), ben (owner), cleo'],
      'cleo, ben': [[done, 'FORBIDDEN'], 'ann (admin), ben (admin), cleo (owner)'],
    },
  }),
  conflict({
    between: 'handing a chat over against the heir who leaves',
    why: 'Either way somebody who is there owns it.',
    given: there,
    acts: { give: setRole('ann', 'ben', 'owner'), leave: leave('ben') },
    shows: people,
    ends: {
      'give, leave': [[done, done], 'ann (owner), cleo'],
      'leave, give': [[done, 'NOT_FOUND'], 'ann (owner), cleo'],
    },
  }),
  conflict({
    between: 'ban against add, of one person',
    why: 'Who is banned is out in every order: a ban removes, and what adds them behind it is refused.',
    given: there,
    acts: { ban: ban('ben', 'dan'), add: add('ann', 'dan') },
    shows: people,
    ends: {
      'ban, add': [[done, 'BANNED'], 'ann (owner), ben (admin), cleo'],
      'add, ban': [[done, done], 'ann (owner), ben (admin), cleo'],
    },
  }),
  conflict({
    between: 'ban against leave',
    why: 'A ban holds for who has left, too.',
    given: there,
    acts: { ban: ban('ben', 'cleo'), leave: leave('cleo') },
    shows: (state) => `${people(state)}; banned: ${banned(state)}`,
    ends: {
      'ban, leave': [[done, 'NOT_A_MEMBER'], 'ann (owner), ben (admin); banned: cleo'],
      'leave, ban': [[done, done], 'ann (owner), ben (admin); banned: cleo'],
    },
  }),
  conflict({
    between: 'ban against unban',
    why: 'The later holds; taking back what is not there is nothing to do.',
    given: there,
    acts: { ban: ban('ben', 'dan'), unban: unban('ann', 'dan') },
    shows: banned,
    ends: {
      'ban, unban': [[done, done], 'nobody'],
      'unban, ban': [[already, done], 'dan'],
    },
  }),
  conflict({
    between: 'taking a permission against its use',
    why: 'What was said while one might stays; behind the change it is refused.',
    given: there,
    acts: { close: update('ann', { permissions: { send: 'admin' } }), send: send('cleo', 'hello') },
    shows: (_state, history) => (history.some(isFrom('cleo')) ? 'said' : 'not said'),
    ends: {
      'close, send': [[done, 'FORBIDDEN'], 'not said'],
      'send, close': [[done, done], 'said'],
    },
  }),
  conflict({
    between: 'rename against rename',
    why: 'The later holds.',
    given: there,
    acts: { ann: update('ann', { title: 'Ann’s' }), ben: update('ben', { title: 'Ben’s' }) },
    shows: info,
    ends: {
      'ann, ben': [[done, done], 'Ben’s, no description'],
      'ben, ann': [[done, done], 'Ann’s, no description'],
    },
  }),
  conflict({
    between: 'rename against description',
    why: 'An event tells only what changed: different fields do not take one another back.',
    given: there,
    acts: {
      rename: update('ann', { title: 'Lake' }),
      describe: update('ben', { description: 'Swimming' }),
    },
    shows: info,
    ends: {
      'rename, describe': [[done, done], 'Lake, Swimming'],
      'describe, rename': [[done, done], 'Lake, Swimming'],
    },
  }),
  conflict({
    between: 'create against create, of one direct chat',
    why: 'Its id is derived from the two: there is one, whoever was first.',
    given: [],
    acts: { ann: create('ann', 'direct', 'ben'), ben: create('ben', 'direct', 'ann') },
    shows: (state) => people(state).split(', ').toSorted().join(', '),
    ends: {
      'ann, ben': [[done, already], 'ann, ben'],
      'ben, ann': [[done, already], 'ann, ben'],
    },
  }),
  small({
    between: 'a group that outgrows copying against send',
    why: 'It becomes a channel at one place of its log, once and for good; messages before are in members’ logs, those behind in the chat’s own.',
    given: [...group(memberOf('ann', 'owner'), memberOf('ben')), sent(2, 'ben')],
    acts: { add: add('ann', 'cleo'), send: send('ben', 'hello') },
    shows: (state, history) => {
      const at = history.findIndex(({ type }) => type === 'BecameChannel');
      const said = history.findIndex(({ type }, index) => type === 'MessageSent' && index >= 3);
      return `${state.status === 'none' ? '' : state.kind}, ${said > at ? 'hello behind it' : 'hello before it'}`;
    },
    ends: {
      'add, send': [[done, done], 'channel, hello behind it'],
      'send, add': [[done, done], 'channel, hello before it'],
    },
  }),
  conflict({
    between: 'block against unblock, brought late',
    why: 'Each change of an account has its number: what is older than what the chat knows of that account changes nothing.',
    given: direct('ann', 'ben'),
    acts: { block: setBlocked('ann', true, 1), unblock: setBlocked('ann', false, 2) },
    shows: (state) =>
      state.status !== 'none' && state.blocks?.some(({ blocked }) => blocked) ? 'blocked' : 'open',
    ends: {
      'block, unblock': [[done, done], 'open'],
      'unblock, block': [[done, already], 'open'],
    },
  }),
  conflict({
    between: 'block against block, each of the other',
    why: 'Two blocks, each taken back by its own: one of them is enough.',
    given: direct('ann', 'ben'),
    acts: { ann: setBlocked('ann', true, 1), ben: setBlocked('ben', true, 1) },
    shows: (state) =>
      state.status === 'none' ? '' : `${state.blocks?.filter(({ blocked }) => blocked).length} blocks`,
    ends: {
      'ann, ben': [[done, done], '2 blocks'],
      'ben, ann': [[done, done], '2 blocks'],
    },
  }),
];
