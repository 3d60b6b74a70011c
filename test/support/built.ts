/** The build that end-to-end tests run: made anew when a source is newer than it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const rooms = ['apps', 'libs', 'streams', 'db', 'observability'];

/** The path of the built program; whoever runs it must be allowed to read it. */
export function builtProgram(): string {
  const program = join(root, 'dist/apps/odnix/main.js');
  if (!existsSync(program) || newestSource_ms() > statSync(program).mtimeMs) {
    const nest = createRequire(import.meta.url).resolve('@nestjs/cli/bin/nest.js');
    execFileSync(process.execPath, [nest, 'build'], { cwd: root, stdio: 'pipe' });
  }
  return program;
}

function newestSource_ms(): number {
  const files = rooms
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) => sources(join(root, room)));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(directory, file));
}
