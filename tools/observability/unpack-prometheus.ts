/**
 * Prometheus and promtool out of Debian's package, which is unpacked and not installed: nothing is started, nothing is
 * written outside of the cache, and root is not needed.
 */
import { spawnSync } from 'node:child_process';
import { globSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export function unpackPrometheus(directory: string): void {
  if (!download(directory)) {
    // The lists of a fresh machine are empty; only root may fetch them.
    run('apt-get', ['update'], directory);
    if (!download(directory))
      throw new Error(
        'apt-get has no prometheus to download: run apt-get update as root, or put one on the PATH.',
      );
  }
  const [archive = ''] = globSync(join(directory, 'prometheus_*.deb'));
  const { ok, output } = run('dpkg-deb', ['--extract', archive, join(directory, 'package')], directory);
  if (!ok) throw new Error(`dpkg-deb failed:\n${output}`);
  for (const program of ['prometheus', 'promtool'])
    renameSync(join(directory, 'package/usr/bin', program), join(directory, program));
}

const download = (directory: string): boolean => run('apt-get', ['download', 'prometheus'], directory).ok;

function run(program: string, args: string[], cwd: string): { ok: boolean; output: string } {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error)
    throw new Error(
      `${program} is not here: this takes Prometheus from Debian. Put one on the PATH instead.`,
    );
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
