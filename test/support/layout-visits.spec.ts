import { expect, it } from 'vitest';
import { LayoutVisits } from './layout-visits.js';

interface Visit {
  hasBegun: boolean;
  end(): void;
}

function visit(visits: LayoutVisits, alone: boolean): Visit {
  const { promise, resolve } = Promise.withResolvers<void>();
  const one: Visit = { hasBegun: false, end: resolve };
  void visits.begin(alone, promise).then(() => (one.hasBegun = true));
  return one;
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

// Seen failing: with those who came before not waited for; with those who come later let in while one waits to be alone.
it('lets many in together, one alone after all who came before, and those who come later after that', async () => {
  const visits = new LayoutVisits();
  const began = async (...all: Visit[]) => (await settled(), all.map(({ hasBegun }) => hasBegun));
  const [first, second] = [visit(visits, false), visit(visits, false)];
  const alone = visit(visits, true);
  const later = visit(visits, false);
  const aloneToo = visit(visits, true);
  expect(await began(first, second, alone, later, aloneToo)).toEqual([true, true, false, false, false]);
  first.end();
  expect(await began(alone)).toEqual([false]);
  second.end();
  expect(await began(alone, later, aloneToo)).toEqual([true, false, false]);
  alone.end();
  expect(await began(later, aloneToo)).toEqual([true, false]);
  later.end();
  expect(await began(aloneToo)).toEqual([true]);
});
