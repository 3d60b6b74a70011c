/**
 * Every conflict of docs/conflicts.md in every order, by the deciders and the fold themselves; and the page is made of the same
 * list: `npm run generate:conflicts`. Seen failing with edits of deleted messages let through, with an account's older block
 * counted after a newer one, with `read.inbox` taken as it comes, and with an order left out of the list.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ordersOf, type Conflict } from './conflict.js';
import { conflicts } from './conflicts.js';

const page = join(import.meta.dirname, '../../docs/conflicts.md');

describe.each(
  Object.values(conflicts)
    .flat()
    .map((conflict) => [conflict.between, conflict] as const),
)('%s', (_name, conflict) => {
  const orders = ordersOf(conflict.acts);

  it('no order is without a rule', () => {
    expect(Object.keys(conflict.ends).toSorted()).toEqual(orders.map((order) => order.join(', ')).toSorted());
  });

  it.each(orders.map((order) => [order.join(', '), order] as const))('%s', (name, order) => {
    expect(conflict.play(order)).toEqual(conflict.ends[name]);
  });
});

it('docs/conflicts.md shows them all', async () => {
  const [before, , after] = readFileSync(page, 'utf8').split(/<!-- (?:made from the code|end) -->\n/);
  const tables = Object.entries(conflicts).map(([title, all]) => `### ${title}\n\n${tableOf(all)}`);
  await expect(
    `${before}<!-- made from the code -->\n\n${tables.join('\n\n')}\n\n<!-- end -->\n${after}`,
  ).toMatchFileSnapshot(page);
});

const tableOf = (all: readonly Conflict[]): string =>
  [
    '| between | ordered by | in this order | each is answered | it ends as | why |',
    '| --- | --- | --- | --- | --- | --- |',
    ...all.map(rowOf),
  ].join('\n');

function rowOf({ between, orderedBy, ends, why }: Conflict): string {
  const orders = Object.entries(ends);
  const states = new Set(orders.map(([, [, state]]) => state));
  const cells = [
    between,
    orderedBy,
    orders.map(([order]) => order).join('<br>'),
    orders
      .map(([, [answers]]) =>
        answers.map((answer) => (/^[A-Z_]+$/.test(answer) ? `\`${answer}\`` : answer)).join(', '),
      )
      .join('<br>'),
    states.size === 1 ? `${[...states][0]}, always` : orders.map(([, [, state]]) => state).join('<br>'),
    why,
  ];
  return `| ${cells.join(' | ')} |`;
}
