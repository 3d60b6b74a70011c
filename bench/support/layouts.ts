/** How the apps are laid out over processes. */
import { appInstances } from '../../apps/odnix/cluster/layout.js';
import { appNames, launchApp, type AppName } from '../../test/support/app-process.js';
import { isAlive, LaunchedOdnix } from '../../test/support/launched-odnix.js';

/** One process; a process an app; two processes of most apps, and three NATS nodes. */
export const layouts = ['single', 'apps', 'cluster'] as const;
export type Layout = (typeof layouts)[number];

const told_chars_max = 2_000;

export interface MeasuredApp {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  /** Sockets. */
  readonly serves: boolean;
}

export interface LayoutOptions {
  readonly env: Record<string, string>;
  readonly instances: Partial<Record<AppName, number>>;
  /** For what the one process keeps. */
  readonly directory: string;
  /** Called for each process as soon as there is one, ready or not. */
  readonly launched: (stop: () => Promise<unknown>) => void;
}

/** Resolves when all are ready. */
export async function startLayout(layout: Layout, options: LayoutOptions): Promise<MeasuredApp[]> {
  if (layout === 'single') return [await startSingle(options)];
  const instances = { ...(layout === 'cluster' ? appInstances : {}), ...options.instances };
  const starting = appNames.flatMap((app) => {
    const count = instances[app] ?? 1;
    return Array.from({ length: count }, (_, index) =>
      startOne(app, count === 1 ? app : `${app}-${index + 1}`, options),
    );
  });
  return Promise.all(starting);
}

async function startOne(app: AppName, name: string, { env, launched }: LayoutOptions): Promise<MeasuredApp> {
  const process = launchApp(app, env);
  let isStopping = false;
  launched(() => ((isStopping = true), process.stop()));
  void process.exited.then((code) => {
    if (!isStopping)
      console.error(`${name} has ended (${code}):\n${process.output().slice(-told_chars_max)}`);
  });
  const { url } = await process.ready;
  return { name, pid: process.pid, url: url ?? '', serves: app === 'gateway' };
}

async function startSingle({ env, directory, launched }: LayoutOptions): Promise<MeasuredApp> {
  const odnix = new LaunchedOdnix({ env: { ...env, ODNIX_DATA_DIR: directory, LOG_LEVEL: 'warn' } });
  launched(() => {
    if (isAlive(odnix.pid)) odnix.signal('SIGTERM');
    return odnix.exited;
  });
  return { name: 'odnix', pid: odnix.pid, url: await odnix.url(), serves: true };
}
