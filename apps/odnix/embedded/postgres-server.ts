/**
 * A PostgreSQL server as our child: on loopback alone, on a free port, with a password, never as root. Its durability is
 * PostgreSQL's own default (fsync, synchronous commit, full-page writes), stated so that no file can turn it off.
 */
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Child, logTail, type ChildSpec, type Identity } from './child-process.js';
import { freePort } from './free-ports.js';
import { stopOrphans } from './orphans.js';
import { clusterDirectory, postgresIdentity, runnableBinaries } from './postgres-account.js';
import { findPostgresBinaries } from './postgres-binaries.js';

const attempts_max = 5;
const attempt_pause_ms = 200;
const ready_ms = 120_000;
const poll_ms = 20;
const role = 'odnix';

const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '200',
  // A segment that is used again keeps its old bytes, deleted messages among them: gone instead (docs/erasure.md).
  wal_recycle: 'off',
  // What users wrote stands in rows and parameters: an error's log line names neither.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
};

export interface PostgresServerOptions {
  /** Everything of the server is below it, or linked from it. One server at a time. */
  directory: string;
  /** Given at the first start; the same must be given ever after. */
  password: string;
  /** A fixed port; by default a free one at every start. */
  port?: number;
  /** Aborted: making the database cluster, which takes seconds, is given up. */
  signal?: AbortSignal;
}

export interface PostgresServer {
  /** Of the database `odnix`, with credentials: not to be printed. */
  url: string;
  pid: number;
  /** Where the files really are: not below `directory` if its user cannot reach that. */
  directory: string;
  logFile: string;
  exited: Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Resolves when the database `odnix` exists and answers. Orphans of an earlier run are stopped first. */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const identity = postgresIdentity();
  const installed = await findPostgresBinaries();
  const binaries = runnableBinaries(installed.directory, installed.version, identity);
  const directory = clusterDirectory(options.directory, identity);
  const data = join(directory, 'data');
  await stopOrphans({ program: 'postgres', argument: data, directory: data, stopSignal: 'SIGINT' });
  if (!existsSync(data)) await createCluster(binaries, directory, options, identity);
  // No server of ours lives and the caller holds the lock, so a pid file is stale; its number may be another's by now.
  rmSync(join(data, 'postmaster.pid'), { force: true });
  const logFile = join(directory, 'postgres.log');
  const program = join(binaries, 'bin/postgres');
  const { child, url } = await startChild({ program, data, logFile, identity, ...options });
  const { pid, exited } = child;
  return { url, pid, directory, logFile, exited, stop: () => child.stop(), kill: () => child.kill() };
}

/** Beside its final place and renamed when whole: a start that was killed half-way leaves no half a cluster. */
async function createCluster(
  binaries: string,
  directory: string,
  { password, signal }: Pick<PostgresServerOptions, 'password' | 'signal'>,
  identity: Identity | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const unfinished = join(directory, 'data.unfinished');
  const passwordFile = join(directory, 'password.unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity) for (const path of [unfinished, passwordFile]) chownSync(path, identity.uid, identity.gid);
  const args = [`--pgdata=${unfinished}`, `--username=${role}`, `--pwfile=${passwordFile}`];
  // The builtin provider sorts alike on every machine, whatever its C library.
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C');
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  try {
    const program = join(binaries, 'bin/initdb');
    await succeeded({ program, args, directory, logFile: join(directory, 'initdb.log'), identity }, signal);
    renameSync(unfinished, join(directory, 'data'));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Aborted, it throws when the program and what that has started are gone. */
async function succeeded(
  spec: Omit<ChildSpec, 'stopSignal' | 'hardStopSignal'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = await Child.start({ ...spec, stopSignal: 'SIGTERM', hardStopSignal: 'SIGKILL' });
  const giveUp = (): void => void child.stop();
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp);
  await child.exited.finally(() => signal?.removeEventListener('abort', giveUp));
  signal?.throwIfAborted();
  if (child.exitCode !== 0)
    throw new Error(`${spec.program} did not succeed; ${spec.logFile} ends:\n${logTail(spec.logFile)}`);
}

/**
 * Tries again when the server ends at once: another program may have taken the port in between, or the last processes of
 * a server that was killed may still hold its shared memory.
 */
async function startChild({
  program,
  data,
  logFile,
  identity,
  password,
  port: fixedPort,
}: Pick<PostgresServerOptions, 'password' | 'port'> & {
  program: string;
  data: string;
  logFile: string;
  identity: Identity | undefined;
}): Promise<{ child: Child; url: string }> {
  let lastError: unknown;
  for (let attempt = 1; attempt <= attempts_max; attempt++) {
    const port = fixedPort ?? (await freePort());
    const settings = Object.entries(serverSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = await Child.start({
      program,
      args: ['-D', data, '-p', String(port), ...settings],
      directory: data,
      logFile,
      identity,
      stopSignal: 'SIGINT',
      hardStopSignal: 'SIGQUIT',
    });
    try {
      return { child, url: await untilReady(child, port, password) };
    } catch (error) {
      lastError = error;
      const ended = child.hasExited;
      await child.stop();
      if (!ended) break;
      await pause(attempt_pause_ms);
    }
  }
  throw new Error(`The embedded PostgreSQL did not start; ${logFile} ends:\n${logTail(logFile)}`, {
    cause: lastError,
  });
}

async function untilReady(child: Child, port: number, password: string): Promise<string> {
  const url = (database: string) =>
    `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  const deadline = Date.now() + ready_ms;
  let lastError: unknown;
  while (!child.hasExited && Date.now() < deadline) {
    try {
      await ensureDatabase(url('postgres'));
      return url(role);
    } catch (error) {
      lastError = error;
      if (isWrongPassword(error)) break;
      await pause(poll_ms);
    }
  }
  throw new Error(child.hasExited ? 'It ended.' : 'It does not answer.', { cause: lastError });
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // A broken connection fails the query in hand, which is where it is handled.
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [role]);
    if (rowCount === 0) await client.query(`create database ${role}`);
  } finally {
    await client.end();
  }
}

function isWrongPassword(error: unknown): boolean {
  return (error as { code?: string }).code === '28P01';
}
