import { expect, it } from 'vitest';
import { compared, isGood } from './compare.js';

it('fails what is less than half as good as it was, or was not measured', () => {
  const before = { same: 0.4, half: 0.4, worse: 0.4, better: 0.4, gone: 0.4 };
  const all = compared(before, { same: 0.41, half: 0.2, worse: 0.19, better: 0.9 });
  expect(all.map(({ verdict }) => verdict)).toEqual([
    'as before',
    'as before',
    'worse',
    'better: the baseline is old',
    'not measured',
  ]);
  expect(all.map(isGood)).toEqual([true, true, false, true, false]);
});
