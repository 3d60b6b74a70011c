/**
 * `npm run observability:install [jaeger] [prometheus]`: brings into the cache what is not there yet. Whole or not at all: a
 * program is made in a directory beside its place and renamed.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildJaeger } from './build-jaeger.js';
import { cacheDirectory, cachedProgram, findProgram, type Watcher } from './programs.js';
import { unpackPrometheus } from './unpack-prometheus.js';

const makers: Readonly<Record<string, { programs: readonly Watcher[]; make(directory: string): void }>> = {
  jaeger: { programs: ['jaeger'], make: buildJaeger },
  prometheus: { programs: ['prometheus', 'promtool'], make: unpackPrometheus },
};

const asked = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(makers);
const unknown = asked.filter((name) => !Object.hasOwn(makers, name));
if (unknown.length > 0) {
  console.error(`Not known: ${unknown.join(', ')}. Known: ${Object.keys(makers).join(', ')}.`);
  process.exit(2);
}
try {
  for (const name of asked) install(name);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function install(name: string): void {
  const { programs, make } = makers[name]!;
  const found = programs.map(findProgram);
  if (found.every((path) => path !== undefined)) return console.log(`${name}: ${found[0]}`);
  const started_ms = Date.now();
  mkdirSync(cacheDirectory(), { recursive: true });
  const making = mkdtempSync(join(cacheDirectory(), `${name}-making-`));
  try {
    make(making);
    for (const program of programs) {
      mkdirSync(dirname(cachedProgram(program)), { recursive: true });
      renameSync(join(making, program), cachedProgram(program));
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  const took_s = Math.round((Date.now() - started_ms) / 1_000);
  console.log(`${name}: ${cachedProgram(programs[0]!)}, in ${took_s} s`);
}
