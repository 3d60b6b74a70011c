/** The build that end-to-end tests run: made anew when a source is newer than it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The path of the built program; whoever runs it must be allowed to read it. */
export function builtProgram(): string {
  execFileSync(process.execPath, [join(root, 'tools/ensure-built.mjs')], { cwd: root, stdio: 'pipe' });
  return join(root, 'dist/apps/odnix/main.js');
}
