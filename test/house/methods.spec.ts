/** docs/methods.md and docs/conformance.md are made from the code: `npm run generate:methods`. No method is without a check. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entryKinds } from '#domain/user-log/entry.js';
import { errorCatalogue } from '#protocol/errors.js';
import { methods } from '#protocol/methods.js';
import type { StreamNotifications } from '#protocol/notifications.js';
import { notifications } from '../conformance/notifications.js';
import { checks, methodEntries } from '../conformance/registry.js';
import { updateEntries } from '../conformance/updates.js';
import { updateShapes } from '../conformance/update-shapes.js';
import { expectMade } from './made-page.js';
import { codesByRule, methodTable, notificationTable, sentenceTables, updateTable } from './method-tables.js';

const root = join(import.meta.dirname, '../..');
const advice =
  'One entry each, in test/conformance/methods or updates.ts: docs/conformance.md says how. Then npm run generate:methods';

it('every method has its conformance checks, and every check a method', () => {
  expect(Object.keys(methodEntries).toSorted(), advice).toEqual(Object.keys(methods).toSorted());
});

it('every type of update is brought about by the suite', () => {
  expect(Object.keys(updateEntries).toSorted(), advice).toEqual([...entryKinds].toSorted());
  expect(Object.keys(updateShapes).toSorted(), advice).toEqual([...entryKinds].toSorted());
});

it('what rules refuse is tried by the suite', () => {
  const untried = Object.entries(methodEntries).flatMap(([method, { errors = {} }]) =>
    codesByRule(method)
      .filter((code) => code !== 'NOT_A_MEMBER' && !Object.hasOwn(errors, code))
      .map((code) => `${method}: ${code}`),
  );
  expect(untried, `${advice}: errors`).toEqual([]);
});

it('what the tables name is there', () => {
  const codes = Object.values(methodEntries).flatMap(({ errors = {}, alsoAnswers = [] }) => [
    ...Object.keys(errors),
    ...alsoAnswers,
  ]);
  expect(codes.filter((code) => !Object.hasOwn(errorCatalogue, code))).toEqual([]);
  const every = [
    ...Object.values(methodEntries),
    ...Object.values(updateEntries),
    ...Object.values(notifications),
  ];
  expect(every.map(({ spec }) => spec).filter((spec) => !existsSync(join(root, spec)))).toEqual([]);
  const names = checks.map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

/** This does not compile when a notification is told that the suite does not know. */
type Untold = Exclude<keyof StreamNotifications, keyof typeof notifications>;
const isEveryNotificationTold: [Untold] extends [never] ? true : Untold = true;

it('docs/methods.md shows every method, update and notification', async () => {
  expect(isEveryNotificationTold).toBe(true);
  await expectMade('methods.md', [
    '## Methods',
    methodTable(methodEntries),
    '## Updates',
    updateTable(),
    '## Notifications',
    notificationTable(),
  ]);
});

it('docs/conformance.md shows every check that is not alike for all methods', async () => {
  const ofMethods = new Set(Object.keys(methodEntries));
  const others = checks.filter(({ name }) => !ofMethods.has(name.split(':')[0]!));
  await expectMade('conformance.md', [sentenceTables(others)]);
});
