/** The lock file installs on a machine whose Node is older than ours, whatever its registry: see tools/relock.mjs. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const entries: [string, { engines?: unknown; resolved?: string }][] = Object.entries(
  read('package-lock.json').packages,
).filter(([path]) => path !== '') as never;

test('no package is left out because of the Node that installs', () => {
  expect(entries.filter(([, { engines }]) => engines !== undefined).map(([path]) => path)).toEqual([]);
});

test('no package names the registry it came from', () => {
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});

test('it is the lock of this package.json', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json');
  expect(read('package-lock.json').packages['']).toMatchObject({
    dependencies,
    devDependencies,
    optionalDependencies,
  });
});
