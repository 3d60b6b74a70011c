/** Starts every app in this process on the given servers, and serves them on one port. */
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { voidAllLeases } from '#streams/lease.js';
import { refuseLostData } from '#process/lost-data.js';
import { useCachesScale } from '#process/cache-room.js';
import { useLog } from '#process/log.js';
import type { ReadinessSource } from '#process/readiness.js';
import { deriveSecrets } from '#edge/secrets.js';
import { migrate } from '#db/migrate.js';
import { epochCommand } from '../admin/epoch/epoch-command.js';
import { startAdmin } from '../admin/server/start-admin.js';
import { startCommandHandler } from '../command-handler/start-command-handler.js';
import { startProjector } from '../projector/start-projector.js';
import { startQueryHandler } from '../query-handler/start-query-handler.js';
import { startTimeline } from '../timeline/start-timeline.js';
import { restoreFirst } from './restore-first.js';
import type { OdnixSettings } from './settings.js';
import { startHttp } from './start-http.js';

export interface AppsOptions {
  settings: OdnixSettings;
  natsUrl: string;
  databaseUrl: string;
  secret: string;
  first?: FirstOfAll;
  /** Told when the streams are made and nothing is written yet. */
  streamsMade?: () => void;
  say?: (line: string) => void;
  /** Aborted when it is told to stop before it has started. */
  signal?: AbortSignal;
}

/** What is to be done before anything starts, once. */
export interface FirstOfAll {
  /** For data that is lost. */
  opensEpoch?: boolean;
  /** The directory of a backup. */
  restores?: string | undefined;
}

export interface RunningApps {
  url: string;
  adminUrl: string;
  /** Of the whole system. */
  readiness: ReadinessSource;
  stop(): Promise<void>;
}

interface Running {
  stop(): Promise<void>;
}

/** Resolves when requests are answered. If one app cannot be started, those that were are stopped before this throws. */
export async function startApps({
  settings,
  natsUrl,
  databaseUrl,
  secret,
  first = {},
  streamsMade = () => undefined,
  signal = new AbortController().signal,
  say = console.log,
}: AppsOptions): Promise<RunningApps> {
  const { streamsPerFamily } = settings;
  if (first.restores !== undefined)
    await restoreFirst({ natsUrl, databaseUrl, streamsPerFamily, signal }, first.restores, say);
  await Promise.all([prepareStreams(settings, natsUrl), migrate(databaseUrl)]);
  streamsMade();
  if (first.opensEpoch) await epochCommand({ natsUrl, databaseUrl, open: true }, say);
  await refuseLostData({ natsUrl, databaseUrl }, { readsLogs: true });
  const secrets = deriveSecrets(Buffer.from(secret, 'base64url'), settings.syncTokenKeys);
  useCachesScale(settings.cachesScale);
  const chatLimits = { call_ring_ms: settings.callRingS * 1_000 };
  const { limitsScale } = settings;
  const options = { natsUrl, databaseUrl, secrets, streamsPerFamily, limitsScale, chatLimits };
  const started: Running[] = [];
  const keep = async <App extends Running>(starting: Promise<App>): Promise<App> => {
    const app = await starting;
    started.push(app);
    return app;
  };
  try {
    const behind = [startProjector, startQueryHandler, startTimeline, startCommandHandler] as const;
    const results = await Promise.allSettled(behind.map((start) => keep<Running>(start(options))));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    const admin = await keep(startAdmin({ ...settings, ...options }));
    const http = await startHttp(settings, options);
    useLog('odnix', settings);
    const { url, readiness } = http;
    return { url, readiness, adminUrl: admin.url, stop: () => stopInOrder([http, ...started]) };
  } catch (error) {
    await stopInOrder(started);
    throw error;
  }
}

/** The edge first, so that nothing new comes in; then everything behind it at once: each keeps its own positions. */
async function stopInOrder([edge, ...behind]: Running[]): Promise<void> {
  await edge?.stop();
  await Promise.all(behind.map((app) => app.stop()));
}

async function prepareStreams(settings: OdnixSettings, natsUrl: string): Promise<void> {
  const nats = await connectNats(natsUrl, { name: 'topology' });
  try {
    await applyTopology(nats, { streamsPerFamily: settings.streamsPerFamily, replicas: 1 });
    // Embedded servers are ours alone, by the lock on the data directory.
    if (settings.natsUrl === undefined) await voidAllLeases(nats);
  } finally {
    await nats.close();
  }
}
