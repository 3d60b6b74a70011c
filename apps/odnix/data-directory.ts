/**
 * The directory that one running Odnix owns: embedded servers' files and generated secrets. Ownership is a lock of the
 * operating system, which ends with the process that holds it, however it ends: no stale lock, no race between two starts.
 *
 * Node has no call for such a lock; SQLite, which is part of Node, takes one on its file for an exclusive transaction.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const secret_bytes = 32;

export interface DataDirectory {
  path: string;
  /** The secret of that name: made at the first call ever, readable by its owner alone. 32 bytes in base64url. */
  secret(name: string): string;
  hasSecret(name: string): boolean;
  release(): void;
}

/** Throws, and names the process, when another one has it. Creates what is missing. */
export function openDataDirectory(wanted: string): DataDirectory {
  prepare(wanted);
  const path = realpathSync(wanted);
  const lock = takeLock(path);
  writeFileSync(holderFile(path), `${process.pid}\n`);
  return {
    path,
    secret: (name) => keptSecret(path, name),
    hasSecret: (name) => existsSync(secretFile(path, name)),
    release: () => {
      rmSync(holderFile(path), { force: true });
      lock.close();
    },
  };
}

/** As root, PostgreSQL's user must be able to pass through: only ever opened on a directory that is new or empty. */
function prepare(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    const passable = process.getuid?.() === 0 ? 0o711 : 0o700;
    if (readdirSync(path).length === 0) chmodSync(path, passable);
  } catch (error) {
    throw new Error(
      `The data directory ${path} cannot be used (${(error as Error).message}): set ODNIX_DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
}

function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'lock'));
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new Error(
      `Another Odnix (process ${holder(path)}) runs on the data directory ${path}: stop it, or set ODNIX_DATA_DIR to ` +
        'another directory.',
      { cause: error },
    );
  }
}

/** The file may be an earlier holder's, who was killed, for as long as the present one has not written its own. */
function holder(path: string): string {
  const pid = existsSync(holderFile(path)) ? Number(readFileSync(holderFile(path), 'utf8')) : 0;
  return pid > 0 && isAlive(pid) ? String(pid) : 'just starting';
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function holderFile(path: string): string {
  return join(path, 'odnix.pid');
}

const secretFile = (path: string, name: string): string => join(path, 'secrets', name);

function keptSecret(path: string, name: string): string {
  const file = secretFile(path, name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const secret = randomBytes(secret_bytes).toString('base64url');
  writeFileSync(`${file}.unfinished`, `${secret}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.unfinished`, file);
  return secret;
}
