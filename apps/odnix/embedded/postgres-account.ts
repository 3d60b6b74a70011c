/**
 * PostgreSQL refuses to run as root. Run as root we start it as the system user `postgres`, and keep its files where
 * that user can reach them: below the data directory if it can be, else below /var/lib/odnix, since the access rights of
 * anybody's home directory are not ours to change.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Identity } from './child-process.js';

const user = 'postgres';
const elsewhere = '/var/lib/odnix';

/** Undefined when we are a normal user and PostgreSQL may run as ourselves. Makes the user when there is none. */
export function postgresIdentity(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (!succeeds('id', ['-u', user])) createUser();
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/**
 * The directory to keep the cluster in: the wanted one, or a symbolic link there to one that the user can reach. Once
 * chosen it stays, so that a later change of access rights cannot silently start an empty cluster.
 */
export function clusterDirectory(wanted: string, identity: Identity | undefined): string {
  if (existsSync(wanted)) return assertReachable(realpathSync(wanted), identity);
  if (!identity || canReach(dirname(wanted), identity)) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    if (identity) chownSync(wanted, identity.uid, identity.gid);
    return wanted;
  }
  const directory = mkdtempSync(join(makeElsewhere(), 'postgres-'));
  chownSync(directory, identity.uid, identity.gid);
  symlinkSync(directory, wanted);
  return directory;
}

/** PostgreSQL's programs: where they are installed, or a copy when the user cannot run them there. */
export function runnableBinaries(installed: string, version: string, identity: Identity | undefined): string {
  if (!identity || canRun(join(installed, 'bin/postgres'), identity)) return installed;
  const copy = join(makeElsewhere(), `postgresql-${version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
    makeReadable(unfinished);
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error; // Else another start of ours was faster.
    }
  }
  return copy;
}

function createUser(): void {
  try {
    execFileSync('groupadd', ['--system', '--force', user], { stdio: 'pipe' });
    execFileSync(
      'useradd',
      ['--system', '--gid', user, '--no-create-home', '--shell', '/usr/sbin/nologin', user],
      {
        stdio: 'pipe',
      },
    );
  } catch (error) {
    throw new Error(
      `PostgreSQL refuses to run as root, and the system user "${user}" could not be made for it: run Odnix as a ` +
        'normal user, or set DATABASE_URL to a running server.',
      { cause: error },
    );
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
}

function canReach(directory: string, identity: Identity): boolean {
  return succeeds('/bin/sh', ['-c', 'test -x "$1"', 'sh', directory], identity);
}

function canRun(program: string, identity: Identity): boolean {
  return succeeds(program, ['--version'], identity);
}

/** Ctrl-C reaches these children too: that one was interrupted must not be taken for its answer, which is kept. */
function succeeds(program: string, args: string[], identity?: Identity): boolean {
  const { status, signal } = spawnSync(program, args, { cwd: '/', ...identity });
  if (signal !== null) throw new Error(`Interrupted (${signal}) while looking where PostgreSQL can run.`);
  return status === 0;
}

function assertReachable(directory: string, identity: Identity | undefined): string {
  if (!identity || canReach(directory, identity)) return directory;
  throw new Error(
    `The user "${user}", as whom PostgreSQL runs, cannot reach its files in ${directory} any more.`,
  );
}

function makeElsewhere(): string {
  try {
    mkdirSync(elsewhere, { recursive: true });
    execFileSync('chmod', ['0711', elsewhere]);
    return elsewhere;
  } catch (error) {
    throw new Error(
      `The user "${user}" cannot reach the data directory, and ${elsewhere} cannot be written: set ODNIX_DATA_DIR to a ` +
        'directory whose parents everybody may pass, run Odnix as a normal user, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** Only ever on our own copy. */
function makeReadable(directory: string): void {
  execFileSync('chmod', ['-R', 'a+rX', directory]);
}
