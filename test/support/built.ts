/** The build that end-to-end tests run: made anew when a source is newer than it, once a test file. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
let isBuilt = false;

/** The path of a built program, by default of `npm start`; whoever runs it must be allowed to read it. */
export function builtProgram(main = 'odnix/main.js'): string {
  if (!isBuilt)
    execFileSync(process.execPath, [join(root, 'tools/ensure-built.mjs')], { cwd: root, stdio: 'pipe' });
  isBuilt = true;
  return join(root, 'dist/apps', main);
}
