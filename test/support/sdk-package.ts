import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Makes the SDK's package, as it is published, in this directory. Without its types it takes a tenth of the time. */
export function buildSdkPackage(directory: string, { types }: { readonly types: boolean }): void {
  const args = [join(root, 'tools/build-sdk.mjs'), directory, ...(types ? [] : ['--no-types'])];
  execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
}
