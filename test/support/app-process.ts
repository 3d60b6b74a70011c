/** One app of the built program as a process of its own: started, watched, told to stop, killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { nodeOptionsOf } from '#process/node-options.js';
import { builtProgram } from './built.js';

export const appNames = [
  'gateway',
  'api',
  'command-handler',
  'timeline',
  'projector',
  'query-handler',
] as const;
export type AppName = (typeof appNames)[number];

export interface AppProcess {
  readonly pid: number;
  /** What its one line says, once it is ready. Throws with its output when it ends before. */
  readonly ready: Promise<AppAddress>;
  /** With the exit code; null after a signal. */
  readonly exited: Promise<number | null>;
  /** Everything written so far, on both outputs. */
  output(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface StartedProcess extends AppProcess {
  readonly url: string;
  readonly health: string;
}

export interface AppAddress {
  readonly pid: number;
  /** Where it serves the public; null when it does not. */
  readonly url: string | null;
  readonly health: string;
}

export interface Readiness {
  readonly status: number;
  readonly dependencies: Readonly<
    Record<string, { status: 'ok' | 'down'; detail?: string; required?: false }>
  >;
}

/** Does not wait for it to be ready: see `AppProcess.ready`. `app` may also be another program of apps/, as `admin`. */
export function launchApp(
  app: AppName | 'admin',
  env: Record<string, string>,
  args: string[] = [],
): AppProcess {
  const main = join(dirname(builtProgram()), '..', app, 'main.js');
  return launchProgram(app, [...nodeOptionsOf(app), main, ...args], env);
}

/** An app of a release that knows more than this one does (newer-release.ts). */
export function launchNewer(
  app: 'projector' | 'query-handler' | 'admin',
  env: Record<string, string>,
): AppProcess {
  const hooks = ['--conditions=odnix-source', '--import', join(import.meta.dirname, 'typescript-hooks.mjs')];
  const program = join(import.meta.dirname, 'newer-release.ts');
  return launchProgram(`newer-${app}`, [...hooks, program], { ...env, APP: app });
}

function launchProgram(app: string, command: string[], env: Record<string, string>): AppProcess {
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = (once(child, 'close') as Promise<[number | null]>).then(([code]) => code);
  const ready = new Promise<AppAddress>((resolve, reject) => {
    const listen = (text: Buffer) => {
      output += text.toString();
      const told = new RegExp(`^${app} ready (\\{.*\\})$`, 'm').exec(output)?.[1];
      if (told !== undefined) resolve(JSON.parse(told) as AppAddress);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    void exited.then((code) => reject(new Error(`${app} ended with ${code}:\n${output}`)));
  });
  // Whoever does not ask for it need not catch it.
  ready.catch(() => undefined);
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

/** Where its health is, as it says at once when it starts; throws with its output when it ends before. */
export async function healthOf({ output, exited }: AppProcess): Promise<string> {
  let isOver = false;
  void exited.then(() => (isOver = true));
  for (;;) {
    const url = /its health and metrics are at (\S+)/.exec(output())?.[1];
    if (url !== undefined) return url;
    if (isOver) throw new Error(`It ended:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves when it is ready. */
export async function startApp(app: AppName, env: Record<string, string>): Promise<StartedProcess> {
  const launched = launchApp(app, env);
  const { url, health } = await launched.ready;
  return { ...launched, url: url ?? '', health };
}

/** The admin API. */
export async function startAdminServer(env: Record<string, string>): Promise<StartedProcess> {
  const main = join(dirname(builtProgram()), '..', 'admin', 'server', 'main.js');
  const launched = launchProgram('admin', [main], env);
  const { url, health } = await launched.ready;
  return { ...launched, url: url ?? '', health };
}

/** As its health says. */
export async function readinessAt(health: string): Promise<Readiness> {
  const response = await fetch(`${health}/v1/health/ready`);
  const { dependencies } = (await response.json()) as Pick<Readiness, 'dependencies'>;
  return { status: response.status, dependencies };
}
