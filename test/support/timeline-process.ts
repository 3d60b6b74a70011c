/** The timeline as a process that a test may kill. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

export interface TimelineProcess {
  readonly pid: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** What it has written to its outputs so far. */
  output(): string;
}

export function startTimelineProcess(options: {
  readonly natsUrl: string;
  readonly streamsPerFamily: number;
  readonly leaseTtlMs: number;
}): TimelineProcess {
  const args = ['--conditions=odnix-source', '--import', join(import.meta.dirname, 'typescript-hooks.mjs')];
  const child = spawn(process.execPath, [...args, join(import.meta.dirname, 'timeline-child.ts')], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NATS_URL: options.natsUrl,
      STREAMS_PER_FAMILY: String(options.streamsPerFamily),
      LEASE_TTL_MS: String(options.leaseTtlMs),
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await exited)[0];
  };
  return {
    pid: child.pid!,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    output: () => text,
  };
}
