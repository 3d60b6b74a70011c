import { it } from 'vitest';
import {
  deleted,
  givenChat,
  group,
  memberOf,
  react,
  reacted,
  sent,
} from '../../../test/support/example-chat.js';
import { reactions_distinct_max } from './limits.js';

const late = memberOf('dan', 'member', { visible_from_seq: 3 });
const there = [...group(memberOf('anna', 'owner'), memberOf('ben'), late), sent(2, 'ben')];
const liked = [...there, reacted(2, 'anna', '+', ['+', 1])];
const answer = { kind: 'reacted' } as const;
const again = { repeats: answer };

it('counts all reactions anew with each', () => {
  givenChat(...there)
    .when(react('ben', 2, '+'))
    .accepts([reacted(2, 'ben', '+', ['+', 1])], answer, again);
  givenChat(...liked)
    .when(react('ben', 2, '+'))
    .accepts([reacted(2, 'ben', '+', ['+', 2])], answer, again);
  givenChat(...liked)
    .when(react('ben', 2, '-'))
    .accepts([reacted(2, 'ben', '-', ['+', 1], ['-', 1])], answer, again);
});

it('puts another one in the place of the first, and takes it back', () => {
  givenChat(...liked)
    .when(react('anna', 2, '-'))
    .accepts([reacted(2, 'anna', '-', ['-', 1])], answer, again);
  givenChat(...liked)
    .when(react('anna', 2, null))
    .accepts([reacted(2, 'anna', null)], answer, again);
  givenChat(...liked)
    .when(react('ben', 2, null))
    .repeats(answer);
});

it('shows at most reactions_distinct_max different emojis', () => {
  const counts = Array.from({ length: reactions_distinct_max }, (_, index) => [`e${index}`, 1] as const);
  const full = [...there, reacted(2, 'anna', 'e0', ...counts)];
  givenChat(...full)
    .when(react('ben', 2, 'new'))
    .rejects('REACTIONS_LIMIT', { reactions_distinct_max });
  const swapped = [...counts.slice(1), ['new', 1] as const];
  givenChat(...full)
    .when(react('anna', 2, 'new'))
    .accepts([reacted(2, 'anna', 'new', ...swapped)], answer, again);
});

it('is for what is there and seen', () => {
  givenChat(...there, deleted(2, 'ben', 3, 'ben'))
    .when(react('anna', 2, '+'))
    .rejects('MESSAGE_DELETED', { seq: 2 });
  givenChat(...there)
    .when(react('anna', 9, '+'))
    .rejects('NOT_FOUND', { seq: 9 });
  givenChat(...there)
    .when(react('dan', 2, '+'))
    .rejects('NOT_FOUND', { seq: 2 });
  givenChat(...there)
    .when(react('zoe', 2, '+'))
    .rejects('NOT_A_MEMBER');
});
