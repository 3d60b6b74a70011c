import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { capacityPage } from './page.js';
import type { UnitCosts } from './unit-costs.js';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

it('docs/capacity.md says what the formulas make of the costs that were measured', () => {
  const costs = JSON.parse(read('bench/capacity/unit-costs.json')) as UnitCosts;
  expect(read('docs/capacity.md')).toBe(capacityPage(costs));
});
