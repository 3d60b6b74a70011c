/**
 * Makes package-lock.json anew from package.json alone, as `npm ci` on a stranger's machine needs it.
 *
 * From nothing, because npm leaves out other platforms' packages when it finds this platform's installed. Without
 * `engines`, because npm drops an optional package (the NATS server is one) whose `engines` the installing Node does not
 * meet, and the installing Node may be 20: what runs everything is the Node 24 that comes with the dependencies.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const empty = mkdtempSync(join(tmpdir(), 'odnix-relock-'));
try {
  for (const name of ['package.json', '.npmrc']) copyFileSync(join(root, name), join(empty, name));
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved'];
  const { status } = spawnSync('npm', args, { cwd: empty, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  const lock = JSON.parse(readFileSync(join(empty, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(lock.packages)) if (path !== '') delete entry.engines;
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(empty, { recursive: true });
}
