/** Seen failing with everybody who waits let go at once, and with pieces that do not wait. */
import { expect, test } from 'vitest';
import { piece_items_max, Turns } from './turns.js';

const pieces_count = 5;
const items = Array.from({ length: pieces_count * piece_items_max }, (_, at) => at);

test('of everything that is done in pieces, at most one is done between two turns of the event loop', async () => {
  const turns = new Turns();
  let isOver = false;
  let sinceLast = 0;
  const most: number[] = [];
  const look = () => {
    most.push(sinceLast);
    sinceLast = 0;
    if (!isOver) setImmediate(look);
  };
  const work = Array.from({ length: 8 }, async () => {
    await turns.next();
    return turns.map(items, (item) => (sinceLast++, item));
  });
  look();
  const done = await Promise.all(work);
  isOver = true;
  expect(Math.max(...most)).toBe(piece_items_max);
  for (const one of done) expect(one).toEqual(items);
});

test('in order of arrival', async () => {
  const turns = new Turns();
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((caller) => turns.next().then(() => order.push(caller))));
  expect(order).toEqual([1, 2, 3]);
});
