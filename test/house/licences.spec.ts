/** Seen failing with a package under the GPL in the lock file let through. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const tool = resolve(import.meta.dirname, '../../tools/check-licences.mjs');
const checked = (lock?: string) =>
  spawnSync(process.execPath, [tool, ...(lock === undefined ? [] : [lock])], { encoding: 'utf8' });

test('every package’s licence was looked at', () => {
  expect(checked().stderr).toBe('');
});

test('a licence that was not looked at fails by the package’s name, a choice among them does not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'odnix-licences-'));
  const file = join(directory, 'lock.json');
  const packages = {
    '': {},
    'node_modules/copyleft': { license: 'GPL-3.0' },
    'node_modules/a/node_modules/nothing': {},
    'node_modules/tool': { license: 'MPL-2.0', dev: true },
    'node_modules/shipped': { license: 'MPL-2.0' },
    'node_modules/choice': { license: '(GPL-3.0 OR MIT)' },
    'node_modules/both': { license: 'Apache-2.0 AND GPL-3.0' },
  };
  try {
    writeFileSync(file, JSON.stringify({ packages }));
    const { status, stderr } = checked(file);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n').slice(1)).toEqual([
      'copyleft: GPL-3.0',
      'nothing: none that is known',
      'shipped: MPL-2.0',
      'both: Apache-2.0 AND GPL-3.0',
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
