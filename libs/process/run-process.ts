/**
 * The life of a process, the same for every app: settings, health, waiting for NATS and its streams, the app itself, one line when
 * it is ready, and a graceful stop. Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startTracing } from '#observability/start-tracing.js';
import { awaitStreams } from './await-streams.js';
import { useCachesScale } from './cache-room.js';
import { parseArguments, usage_exit_code } from './command-line.js';
import { serveHealth } from './health-server.js';
import { sayerOf, useLog } from './log.js';
import { Progress } from './progress.js';
import { describeMissing, down, Readiness, type Checks, type ReadinessSource } from './readiness.js';
import { tellMetrics } from './served-metrics.js';
import type { SettingName, Settings } from './settings-table.js';
import { readSettings, SettingsError } from './settings.js';
import { StopRequest } from './stop-request.js';
import { watchReadiness } from './watch-readiness.js';

const look_again_ms = 250;

type Say = (line: string) => void;

const common = [
  'natsUrl',
  'streamsPerFamily',
  'cachesScale',
  'healthHost',
  'healthPort',
  'logLevel',
  'logFormat',
  'nodeEnv',
] as const;
type Common = (typeof common)[number];

const tlsSettings = { tlsCert: 'plain HTTP', tlsKey: 'plain HTTP' } as const;
const noSettings = {};
type TlsSettings = Partial<Settings<keyof typeof tlsSettings>>;

export interface StartedApp {
  /** Where it serves the public; absent when it does not. */
  readonly url?: string;
  readonly checks: Checks;
  /** Graceful: answers what is in flight, gives back what it holds. */
  stop(): Promise<void>;
}

export interface ProcessSpec<Own extends SettingName> {
  readonly name: string;
  /** For --help. */
  readonly does: string;
  /** The settings that it uses beside those that all do. */
  readonly settings: readonly Own[];
  /** It may serve the public over TLS. */
  readonly servesTls?: true;
  /** NATS is there, and the streams stand as they should. */
  start(settings: Settings<Own | Common> & TlsSettings, readiness: ReadinessSource): Promise<StartedApp>;
  /** The longest that a stop may take; then the process ends with a failure. */
  readonly stop_ms_max?: number;
}

/** Never returns: ends the process. */
export async function runProcess<Own extends SettingName>(spec: ProcessSpec<Own>): Promise<never> {
  const pick = { needed: [...common, ...spec.settings], optional: spec.servesTls ? tlsSettings : noSettings };
  const command = `npm run start:${spec.name}`;
  /** For people, on the other output than what programs read. */
  let say: Say = (line) => console.error(line);
  try {
    parseArguments(process.argv, { command, does: spec.does, settings: pick, examples: [command] });
    const settings = readSettings(pick, process.env);
    useLog(spec.name, settings);
    say = sayerOf(spec.name, settings, say);
    const tracing = await startTracing(spec.name, process.env, say);
    await live(spec, settings, say).finally(() => tracing.stop());
    process.exit(0);
  } catch (error) {
    const wrong = error instanceof SettingsError;
    say(wrong ? `Wrong setting:\n${error.message}` : messageOf(error));
    process.exit(wrong ? usage_exit_code : 1);
  }
}

/** Resolves when it has stopped as it was told. */
async function live<Own extends SettingName>(
  spec: ProcessSpec<Own>,
  settings: Settings<Own | Common> & TlsSettings,
  say: Say,
): Promise<void> {
  const stop = new StopRequest(spec.stop_ms_max, { reloads: settings.tlsCert !== undefined });
  const readiness = new Readiness({ required: { process: async () => down('starting') } });
  tellMetrics(spec.name, readiness);
  const health = await serveHealth(readiness, settings);
  say(`Starting ${spec.name}; its health and metrics are at ${health.url}`);
  const progress = new Progress(readiness, say);
  useCachesScale(settings.cachesScale);
  await awaitStreams(settings, progress, stop.signal);
  if (stop.isMade) return;
  const app = await spec.start(settings, readiness).catch((error: unknown) => {
    // Whoever is told to stop need not have started.
    if (!stop.isMade) throw error;
  });
  if (app === undefined) return;
  useLog(spec.name, settings);
  readiness.become(app.checks);
  if (await becomesReady(readiness, progress, stop.signal)) {
    tellReady(spec.name, { pid: process.pid, url: app.url ?? null, health: health.url });
    void watchReadiness(readiness, spec.name, stop.signal);
  }
  await stop.made;
  say('Stopping ...');
  readiness.become({ required: { process: async () => down('stopping') } });
  await app.stop();
}

/** False when it is told to stop before. */
async function becomesReady(readiness: Readiness, progress: Progress, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const report = await readiness.report();
    if (report.status === 'ok') return true;
    progress.tell(describeMissing(report));
    await pause(look_again_ms, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/** For programs: whoever started it reads this line. */
const tellReady = (name: string, told: { pid: number; url: string | null; health: string }): void =>
  void process.stdout.write(`${name} ready ${JSON.stringify(told)}\n`);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'failed');
