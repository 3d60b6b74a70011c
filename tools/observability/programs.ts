/**
 * The programs that Odnix is watched with, and where they are: the path in their variable, else what `npm run
 * observability:install` put into the cache, else one on the PATH. None comes with npm: Jaeger is a Go module,
 * Prometheus a Debian package. What is in the cache serves every clone of the same user.
 */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const jaeger_version = '1.76.0';

export const watchers = {
  jaeger: { variable: 'ODNIX_JAEGER', folder: `jaeger-${jaeger_version}` },
  prometheus: { variable: 'ODNIX_PROMETHEUS', folder: 'prometheus' },
  promtool: { variable: 'ODNIX_PROMTOOL', folder: 'prometheus' },
} as const;
export type Watcher = keyof typeof watchers;

/** `XDG_CACHE_HOME` as everywhere. */
export const cacheDirectory = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'odnix');

export const cachedProgram = (name: Watcher): string => join(cacheDirectory(), watchers[name].folder, name);

/** Undefined: not on this machine. */
export function findProgram(name: Watcher): string | undefined {
  const given = process.env[watchers[name].variable];
  if (given !== undefined && given !== '') return given;
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [cachedProgram(name), ...onPath.map((directory) => join(directory, name))].find(isExecutable);
}

/** Throws with what to do. */
export function needProgram(name: Watcher): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw new Error(
    `No ${name}: npm run observability:install fetches it, or ${watchers[name].variable} names one.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
