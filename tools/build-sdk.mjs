/**
 * Makes the package that client developers install, `@odnix/client`, in dist/sdk or in the directory given: ES modules for
 * everywhere, browsers and Node, that share one `core.js`, with type declarations and without dependencies.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { 'no-types': { type: 'boolean' } },
  allowPositionals: true,
});
const out = resolve(positionals[0] ?? join(root, 'dist/sdk'));
const client = join(root, 'libs/client');

rmSync(out, { recursive: true, force: true });
await buildModules();
if (!values['no-types']) buildTypes();
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

async function buildModules() {
  const bundle = await rolldown({
    input: {
      index: join(client, 'index.ts'),
      browser: join(client, 'browser/index.ts'),
      node: join(client, 'node/index.ts'),
    },
    platform: 'neutral',
    external: /^node:/,
    resolve: { conditionNames: ['odnix-source', 'import', 'default'] },
    tsconfig: false,
  });
  await bundle.write({
    dir: out,
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'core.js',
    minifyInternalExports: false,
  });
  await bundle.close();
}

function buildTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.sdk.json'), '--outDir', join(out, 'types')];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function manifest() {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entry = (path, types) => ({ types: `./types/libs/client/${types}.d.ts`, default: `./${path}.js` });
  return {
    name: '@odnix/client',
    version,
    description:
      'Odnix for clients: one device of one user, kept in step with the server, in Node and in browsers.',
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=24' },
    exports: {
      '.': entry('index', 'index'),
      './browser': entry('browser', 'browser/index'),
      './node': entry('node', 'node/index'),
    },
    // The declarations name the rooms that they come from.
    imports: {
      '#domain/*.js': { types: './types/libs/domain/*.d.ts' },
      '#protocol/*.js': { types: './types/libs/protocol/*.d.ts' },
      '#client/*.js': { types: './types/libs/client/*.d.ts' },
    },
  };
}
