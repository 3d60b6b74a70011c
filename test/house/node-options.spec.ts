/**
 * Whoever starts an app by npm gives Node the options that those give who start it themselves. Seen failing with the option
 * taken out of `start:gateway`.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { nodeOptionsOf } from '#process/node-options.js';

const root = resolve(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const starts = Object.entries(scripts).flatMap(([name, script]) => {
  const [, options, app] = /exec node (.*)dist\/apps\/([\w-]+)\/main\.js/.exec(script) ?? [];
  return app === undefined ? [] : [{ name, app, options: options!.split(' ').filter(Boolean) }];
});

test.for(starts)('npm run $name', ({ app, options }) => {
  expect(options).toEqual(nodeOptionsOf(app));
});

test('the gateway and the single process are among them', () => {
  expect(starts.map(({ name }) => name)).toEqual(expect.arrayContaining(['start', 'start:gateway']));
});
