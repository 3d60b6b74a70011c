/** The real thing: `dist/apps/odnix/main.js` as a process group of its own, started, killed and stopped for real. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

export interface OdnixProcess {
  url: string;
  pid: number;
  /** Everything written so far, both streams. */
  output(): string;
  /** SIGKILL for the whole tree at once, or for the app alone, which leaves its servers as orphans. */
  kill(whom: 'tree' | 'app'): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Resolves when the system says where it runs; throws with its output when it ends before. */
export async function startOdnix(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<OdnixProcess> {
  const child = spawn(process.execPath, [join(repository, 'dist/apps/odnix/main.js')], {
    cwd: repository,
    detached: true,
    env: {
      ...process.env,
      PORT: '0',
      ODNIX_DATA_DIR: dataDir,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const url = await readUrl(child, () => text);
  return {
    url,
    pid: child.pid!,
    output: () => text,
    kill: async (whom) => {
      const pids = whom === 'tree' ? await descendants(child.pid!) : [];
      for (const pid of [child.pid!, ...pids]) killQuietly(pid);
      await exited;
    },
    stop: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return exited;
    },
  };
}

/** A data directory that is removed by `remove`, which first makes sure that nothing of it still runs. */
export async function temporaryDataDir(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'odnix-test-'));
  return {
    path,
    remove: async () => {
      for (const pid of await processesOf(path)) killQuietly(pid);
      await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

function readUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((done, failed) => {
    const look = () => {
      const url = /Odnix runs at (\S+)/.exec(output())?.[1];
      if (url) done(url);
    };
    child.stdout!.on('data', look);
    child.once('exit', (code) => failed(new Error(`Odnix ended with ${code} before it ran:\n${output()}`)));
  });
}

async function descendants(root: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const pid of await allPids()) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent) parents.set(pid, parent);
  }
  const found = new Set([root]);
  for (let grew = true; grew;) {
    grew = false;
    for (const [pid, parent] of parents) {
      if (found.has(parent) && !found.has(pid)) grew = Boolean(found.add(pid));
    }
  }
  found.delete(root);
  return [...found];
}

/** Processes whose command line names the directory. */
async function processesOf(path: string): Promise<number[]> {
  const pids = await allPids();
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((pid, index) => pid !== process.pid && lines[index]!.includes(path));
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
