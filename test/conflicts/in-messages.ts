/** About one message: editing, deleting, reacting, sending. */
import { chatDecider } from '#domain/chat/index.js';
import {
  direct,
  edit,
  erase,
  factsOf,
  group,
  leave,
  memberOf,
  react,
  remove,
  send,
  sent,
  setBlocked,
  type ChatNews,
} from '../support/example-chat.js';
import { already, conflictsOf, done } from './conflict.js';

const conflict = conflictsOf({ orderedBy: 'the chat', decider: chatDecider });

/** Ann made the group; Ben wrote message 2. */
const there = [...group(memberOf('ann', 'owner'), memberOf('ben'), memberOf('cleo')), sent(2, 'ben')];
const pair = [...direct('ann', 'ben'), sent(1, 'ben')];

function message(history: readonly ChatNews[], seq = 2): string {
  const { deleted, reactions } = factsOf(history, seq, 'ann')!;
  if (deleted) return 'deleted';
  const edits = history.filter(({ type }) => type === 'MessageEdited');
  const last = edits.at(-1) as Extract<ChatNews, { type: 'MessageEdited' }> | undefined;
  const said = last ? (last.data.body.content as { text: string }).text : 'as sent';
  return [said, ...reactions.map(({ emoji, count }) => `${count} ${emoji}`)].join(', ');
}
const shows = (_state: unknown, history: readonly ChatNews[]): string => message(history);
const words = (history: readonly ChatNews[]): string =>
  history
    .filter((event) => event.type === 'MessageSent')
    .map(
      ({
        data: {
          message: { seq, sender_id },
          body,
        },
      }) => (body.content.type === 'service' ? `${seq} server` : `${seq} ${sender_id}`),
    )
    .join(', ');

export const inMessages = [
  conflict({
    between: 'edit against delete',
    why: 'A deletion is the last word: what is gone cannot be edited back.',
    given: there,
    acts: { edit: edit('ben', 2, 'edited'), delete: erase('ben', 2) },
    shows,
    ends: {
      'edit, delete': [[done, done], 'deleted'],
      'delete, edit': [[done, 'MESSAGE_DELETED'], 'deleted'],
    },
  }),
  conflict({
    between: 'edit against edit',
    why: 'The later in the chat holds, for everybody; both are kept in the history of edits.',
    given: there,
    acts: { phone: edit('ben', 2, 'by phone'), laptop: edit('ben', 2, 'by laptop') },
    shows,
    ends: {
      'phone, laptop': [[done, done], 'by laptop'],
      'laptop, phone': [[done, done], 'by phone'],
    },
  }),
  conflict({
    between: 'delete against delete',
    why: 'Both wanted the same; the first is told as who did it.',
    given: there,
    acts: { author: erase('ben', 2), owner: erase('ann', 2) },
    shows,
    ends: {
      'author, owner': [[done, already], 'deleted'],
      'owner, author': [[done, already], 'deleted'],
    },
  }),
  conflict({
    between: 'react against delete',
    why: 'A deletion takes reactions with it.',
    given: there,
    acts: { react: react('cleo', 2, '👍'), delete: erase('ben', 2) },
    shows,
    ends: {
      'react, delete': [[done, done], 'deleted'],
      'delete, react': [[done, 'MESSAGE_DELETED'], 'deleted'],
    },
  }),
  conflict({
    between: 'react against edit',
    why: 'Neither touches the other: the reaction stays with the message, whatever it says.',
    given: there,
    acts: { react: react('cleo', 2, '👍'), edit: edit('ben', 2, 'edited') },
    shows,
    ends: {
      'react, edit': [[done, done], 'edited, 1 👍'],
      'edit, react': [[done, done], 'edited, 1 👍'],
    },
  }),
  conflict({
    between: 'react against react, one user’s devices',
    why: 'One reaction a user: the later takes the place of the first, and nothing is counted twice.',
    given: there,
    acts: { phone: react('cleo', 2, '👍'), laptop: react('cleo', 2, '🎉') },
    shows,
    ends: {
      'phone, laptop': [[done, done], 'as sent, 1 🎉'],
      'laptop, phone': [[done, done], 'as sent, 1 👍'],
    },
  }),
  conflict({
    between: 'react against react, two users',
    why: 'Each has their own.',
    given: there,
    acts: { ann: react('ann', 2, '👍'), cleo: react('cleo', 2, '👍') },
    shows,
    ends: {
      'ann, cleo': [[done, done], 'as sent, 2 👍'],
      'cleo, ann': [[done, done], 'as sent, 2 👍'],
    },
  }),
  conflict({
    between: 'react against taking it back, one user’s devices',
    why: 'The later holds; taking back what is not there is nothing to do.',
    given: there,
    acts: { react: react('cleo', 2, '👍'), back: react('cleo', 2, null) },
    shows,
    ends: {
      'react, back': [[done, done], 'as sent'],
      'back, react': [[already, done], 'as sent, 1 👍'],
    },
  }),
  conflict({
    between: 'send against send',
    why: 'Both stand, in one order, the same for every member.',
    given: there,
    acts: { ann: send('ann', 'hello'), cleo: send('cleo', 'hello') },
    shows: (_state, history) => words(history),
    ends: {
      'ann, cleo': [[done, done], '1 server, 2 ben, 3 ann, 4 cleo'],
      'cleo, ann': [[done, done], '1 server, 2 ben, 3 cleo, 4 ann'],
    },
  }),
  conflict({
    between: 'reply against delete of what is answered',
    why: 'A reply names a number, and numbers stay: it stands, and what it answers is shown as deleted.',
    given: there,
    acts: { reply: send('cleo', 'yes', { reply_to_seq: 2 }), delete: erase('ben', 2) },
    shows: (_state, history) => `${words(history)}; message 2 ${message(history)}`,
    ends: {
      'reply, delete': [[done, done], '1 server, 2 ben, 3 cleo; message 2 deleted'],
      'delete, reply': [[done, done], '1 server, 2 ben, 3 cleo; message 2 deleted'],
    },
  }),
  conflict({
    between: 'leave against send, one user’s devices',
    why: 'Whoever has left says nothing more there: the store itself refuses (I6). What was said before stays.',
    given: there,
    acts: { leave: leave('ben'), send: send('ben', 'bye') },
    shows: (_state, history) => words(history),
    ends: {
      'leave, send': [[done, 'NOT_A_MEMBER'], '1 server, 2 ben, 3 server'],
      'send, leave': [[done, done], '1 server, 2 ben, 3 ben, 4 server'],
    },
  }),
  conflict({
    between: 'removal against send',
    why: 'The same for who is removed: no message stands behind it.',
    given: there,
    acts: { remove: remove('ann', 'ben'), send: send('ben', 'but') },
    shows: (_state, history) => words(history),
    ends: {
      'remove, send': [[done, 'NOT_A_MEMBER'], '1 server, 2 ben, 3 server'],
      'send, remove': [[done, done], '1 server, 2 ben, 3 ben, 4 server'],
    },
  }),
  conflict({
    between: 'removal against own delete',
    why: 'Who is out can change nothing more, not even what they said; admins can.',
    given: there,
    acts: { remove: remove('ann', 'ben'), delete: erase('ben', 2) },
    shows,
    ends: {
      'remove, delete': [[done, 'NOT_A_MEMBER'], 'as sent'],
      'delete, remove': [[done, done], 'deleted'],
    },
  }),
  conflict({
    between: 'block against send, in a direct chat',
    why: 'A block holds from where it stands in the chat; what came before it was said.',
    given: pair,
    acts: { block: setBlocked('ann', true, 1), send: send('ben', 'hi') },
    shows: (_state, history) => words(history),
    ends: {
      'block, send': [[done, 'BLOCKED'], '1 ben'],
      'send, block': [[done, done], '1 ben, 2 ben'],
    },
  }),
  conflict({
    between: 'block against edit and react, in a direct chat',
    why: 'Nothing new comes in behind a block, by an edit no more than by a message. Deleting and taking back always may.',
    given: pair,
    acts: { block: setBlocked('ann', true, 1), edit: edit('ben', 1, 'edited'), react: react('ben', 1, '👍') },
    shows: (_state, history) => message(history, 1),
    ends: {
      'block, edit, react': [[done, 'BLOCKED', 'BLOCKED'], 'as sent'],
      'block, react, edit': [[done, 'BLOCKED', 'BLOCKED'], 'as sent'],
      'edit, block, react': [[done, done, 'BLOCKED'], 'edited'],
      'react, block, edit': [[done, done, 'BLOCKED'], 'as sent, 1 👍'],
      'edit, react, block': [[done, done, done], 'edited, 1 👍'],
      'react, edit, block': [[done, done, done], 'edited, 1 👍'],
    },
  }),
  conflict({
    between: 'block against delete, in a direct chat',
    why: 'One’s own words may always be taken back.',
    given: pair,
    acts: { block: setBlocked('ann', true, 1), delete: erase('ben', 1) },
    shows: (_state, history) => message(history, 1),
    ends: {
      'block, delete': [[done, done], 'deleted'],
      'delete, block': [[done, done], 'deleted'],
    },
  }),
];
