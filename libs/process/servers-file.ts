/**
 * Where the servers of a running Odnix are, in a file of its data directory that its owner alone may read: so that a command
 * beside it finds them. It is there for as long as they run; one that was killed leaves it, which its process tells.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningServers {
  readonly pid: number;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
}

const fileIn = (dataDir: string): string => join(dataDir, 'servers.json');

export function tellServers(dataDir: string, servers: Omit<RunningServers, 'pid'>): void {
  const file = fileIn(dataDir);
  const text = JSON.stringify({ pid: process.pid, ...servers });
  rmSync(`${file}.unfinished`, { force: true });
  writeFileSync(`${file}.unfinished`, `${text}\n`, { mode: 0o600 });
  renameSync(`${file}.unfinished`, file);
}

export const forgetServers = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true });

/** Null: no Odnix runs on this directory. Throws when the file may not be read. */
export function runningServers(dataDir: string): RunningServers | null {
  if (!existsSync(fileIn(dataDir))) return null;
  const servers = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as RunningServers;
  return isAlive(servers.pid) ? servers : null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
