/** One life of Odnix: take the data directory, start servers and apps, wait to be told to stop, stop in reverse order. */
import { serveHealth, type HealthServer } from '#process/health-server.js';
import { sayerOf, useLog } from '#process/log.js';
import { down, Readiness, type ReadinessSource } from '#process/readiness.js';
import { tellMetrics } from '#process/served-metrics.js';
import { forgetServers, tellServers } from '#process/servers-file.js';
import { StopRequest } from '#process/stop-request.js';
import { happensWithin } from './embedded/child-process.js';
import { openDataDirectory } from './data-directory.js';
import { startServers, type Servers } from './servers.js';
import type { OdnixSettings } from './settings.js';
import { startApps, type FirstOfAll, type RunningApps } from './start-apps.js';

const stop_apps_ms = 3_000;
/** With another one, every phone number would be unknown and every device signed out. */
/** Where the terminal client looks by itself. */
const default_url = 'http://127.0.0.1:3000';
const secret_missing =
  'A backup is of use with the secret of its installation alone: set ODNIX_SECRET, or copy "secrets/odnix" from the data ' +
  'directory that was backed up to the same place in this one, and start again.';

/** Resolves with the exit code once everything is stopped; throws when it could not start. */
export async function runUntilStopped(settings: OdnixSettings, first: FirstOfAll): Promise<number> {
  useLog('odnix', settings);
  const say = sayerOf('odnix', settings, console.log);
  const complain = sayerOf('odnix', settings, console.error);
  const stopRequest = new StopRequest(undefined, { reloads: settings.tlsCert !== undefined });
  const data = openDataDirectory(settings.dataDir);
  let servers: Servers | undefined;
  let apps: RunningApps | undefined;
  let health: HealthServer | undefined;
  let readiness: ReadinessSource = new Readiness({ required: { process: async () => down('starting') } });
  const current = { report: () => readiness.report() };
  try {
    if (first.restores !== undefined && settings.secret === undefined && !data.hasSecret('odnix'))
      throw new Error(secret_missing);
    const secret = settings.secret ?? data.secret('odnix');
    say('Starting Odnix ...');
    tellMetrics('odnix', current);
    health = await serveHealth(current, settings);
    servers = await startServers(settings, data, say);
    if (stopRequest.isMade) return 0;
    const { natsUrl, databaseUrl } = servers;
    tellServers(data.path, { natsUrl, databaseUrl, streamsPerFamily: settings.streamsPerFamily });
    apps = await startApps({
      settings,
      natsUrl,
      databaseUrl,
      secret,
      first,
      streamsMade: servers.streamsMade,
      say,
      signal: stopRequest.signal,
    });
    readiness = apps.readiness;
    if (!stopRequest.isMade) say(whatNext(apps, data.path, health.url));
    const lost = await Promise.race([stopRequest.made, servers.lost]);
    if (lost === undefined) return 0;
    complain(lost);
    return 1;
  } catch (error) {
    if (stopRequest.isMade) return 0; // Ctrl-C reaches what was being started as well, which then fails.
    throw error;
  } finally {
    say('Stopping ...');
    if (apps && !(await happensWithin(apps.stop(), stop_apps_ms))) {
      complain(`The apps did not stop within ${stop_apps_ms} ms; going on without them.`);
    }
    health?.close();
    forgetServers(data.path);
    await servers?.stop();
    data.release();
  }
}

function whatNext({ url, adminUrl }: RunningApps, dataPath: string, healthUrl: string): string {
  return [
    `Odnix runs at ${url}`,
    `Data is in ${dataPath}`,
    `Next, in another terminal: npm run chat -- --phone +15550100${url === default_url ? '' : ` --url ${url}`}`,
    `For operators: npm run admin -- --help; the admin API is at ${adminUrl}`,
    `Its health and metrics (docs/metrics.md) are at ${healthUrl}`,
    'Stop with Ctrl-C.',
  ].join('\n');
}
