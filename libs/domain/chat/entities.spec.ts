/**
 * What entities of a text may be. Seen failing with partial overlaps let through, with ends beyond the text let through, with
 * pairs not looked at, with code that may contain, and with the order of what was sent kept.
 */
import { describe, expect, it, test } from 'vitest';
import { inOrder, mentionedIn, problemOfEntities, type TextEntity } from './entities.js';

const at = (type: 'bold' | 'italic' | 'code' | 'pre' | 'link' | 'spoiler', offset: number, length: number) =>
  ({ type, offset, length }) as TextEntity;
const mention = (user_id: string, offset: number, length: number): TextEntity => ({
  type: 'mention',
  offset,
  length,
  user_id,
});

const text = 'Hello 🥾 Ann'; // The boot is at 6 and 7.

describe('fit', () => {
  test.for<TextEntity[][]>([
    [[at('bold', 0, 12)]],
    [[at('bold', 6, 2)]],
    [[at('bold', 0, 8), at('italic', 0, 8), mention('ann', 6, 2)]],
    [[at('italic', 9, 3), at('bold', 0, 12)]],
    [[at('bold', 0, 3), at('bold', 3, 3), at('code', 6, 2)]],
  ])('%j', ([entities]) => {
    expect(problemOfEntities(entities!, text)).toBeNull();
  });
});

describe('do not fit', () => {
  test.for<[string, TextEntity[]]>([
    ['entity 0 ends beyond the text', [at('bold', 0, 13)]],
    ['entity 1 ends beyond the text', [at('bold', 0, 1), at('bold', 12, 1)]],
    ['entity 0 begins or ends within a character', [at('bold', 7, 3)]],
    ['entity 0 begins or ends within a character', [at('bold', 0, 7)]],
    ['entity 1 overlaps another in part', [at('bold', 0, 4), at('italic', 2, 4)]],
    ['entity 0 overlaps another in part', [at('italic', 2, 4), at('bold', 0, 4)]],
    ['entity 1 overlaps code', [at('code', 0, 4), at('bold', 1, 2)]],
    ['entity 1 overlaps code', [at('bold', 0, 4), at('pre', 0, 4)]],
    ['entity 1 is within one that is the same or leads elsewhere', [at('bold', 0, 4), at('bold', 0, 4)]],
    [
      'entity 2 is within one that is the same or leads elsewhere',
      [at('bold', 0, 8), at('italic', 0, 6), at('bold', 1, 2)],
    ],
    ['entity 1 is within one that is the same or leads elsewhere', [at('link', 0, 8), mention('ann', 1, 2)]],
  ])('%s', ([problem, entities]) => {
    expect(problemOfEntities(entities, text)).toBe(problem);
  });
});

it('stand by place, what contains before what it contains', () => {
  const [whole, first, rest] = [at('spoiler', 0, 8), at('bold', 0, 5), at('bold', 5, 3)];
  const inner = mention('ann', 0, 5);
  expect(inOrder([rest, first, inner, whole])).toEqual([whole, inner, first, rest]);
});

it('mention each person once', () => {
  expect(mentionedIn({ entities: [mention('b', 0, 1), mention('a', 1, 1), mention('b', 2, 1)] })).toEqual([
    'b',
    'a',
  ]);
  expect(mentionedIn({})).toEqual([]);
});
