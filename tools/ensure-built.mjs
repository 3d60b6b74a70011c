/**
 * Builds `dist` when it is missing or older than what it is made of, so that starting costs no build and never runs old
 * code. Files are written over, none is taken away first: what already runs from `dist` is not disturbed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = [
  'apps',
  'libs',
  'streams',
  'db',
  'observability',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  '.swcrc',
];
const stamp = join(root, 'dist', '.built');

const startedAt = new Date();
const sourceMs = Math.max(...sources.map((name) => newestMs(join(root, name))));
if (sourceMs >= newestMs(stamp)) build();

function build() {
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(`${stdout}${stderr}\nThe build failed.`);
    process.exit(1);
  }
  writeFileSync(stamp, '');
  // What changes while it builds is newer than the stamp.
  utimesSync(stamp, startedAt, startedAt);
}

/** The latest change of a file, or of anything in a directory (of which something may have been taken away). */
function newestMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}
