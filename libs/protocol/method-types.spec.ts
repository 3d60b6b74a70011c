import { expect, test } from 'vitest';
import type { MethodTypes } from './method-results.js';
import type { MethodName } from './methods.js';

type IsEmpty<T> = [T] extends [never] ? true : false;

/** These do not compile when the table of methods and the table of their types differ, in either direction. */
const isEveryMethodTyped: IsEmpty<Exclude<MethodName, keyof MethodTypes>> = true;
const isEveryTypeAMethod: IsEmpty<Exclude<keyof MethodTypes, MethodName>> = true;

test('every method has its types', () => {
  expect([isEveryMethodTyped, isEveryTypeAMethod]).toEqual([true, true]);
});
