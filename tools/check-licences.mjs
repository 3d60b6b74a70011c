/**
 * Every package of the lock file comes under a licence that was looked at, without asking anybody: the lock file tells them. A licence
 * that is not listed fails: look at what it asks for, then list it or do without the package. Exit code 1: something is not allowed.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What runs in production: nothing that asks for more than its notice. */
const allowed = new Set([
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
]);
/** Of tools, which are used and not given on. */
const allowedForTools = new Set([...allowed, 'Zlib', 'MPL-2.0', 'Python-2.0', 'CC-BY-4.0']);
/** The lock file does not tell theirs; their files do. */
const readByHand = { buildcheck: 'MIT', 'cpu-features': 'MIT', ssh2: 'MIT' };

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lock = JSON.parse(readFileSync(process.argv[2] ?? join(root, 'package-lock.json'), 'utf8'));
const wrong = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .flatMap(([path, { dev, license }]) => {
    const name = path.split('node_modules/').at(-1);
    const licence = license ?? readByHand[name] ?? 'none that is known';
    return isAllowed(licence, dev === true ? allowedForTools : allowed) ? [] : [`${name}: ${licence}`];
  });
if (wrong.length > 0) {
  console.error(`Not among the licences of tools/check-licences.mjs:\n${wrong.join('\n')}`);
  process.exit(1);
}

/** An expression of SPDX with AND and OR, as they are used: not nested. */
function isAllowed(expression, licences) {
  const alternatives = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((one) => licences.has(one)));
}
