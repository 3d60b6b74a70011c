/** Every app in this process, with two gateways, where groups become channels early. */
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { deriveSecrets } from '#edge/secrets.js';
import { startCommandHandler } from '../../apps/command-handler/start-command-handler.js';
import { readOdnixSettings } from '../../apps/odnix/settings.js';
import { startHttp } from '../../apps/odnix/start-http.js';
import { startProjector } from '../../apps/projector/start-projector.js';
import { startQueryHandler } from '../../apps/query-handler/start-query-handler.js';
import { startTimeline } from '../../apps/timeline/start-timeline.js';
import { migratedDatabase } from './migrated-database.js';
import { startNats } from './servers.js';

const streamsPerFamily = 2;

export interface SmallGroups {
  /** Of one gateway and of the other. */
  readonly urls: readonly [string, string];
  readonly natsUrl: string;
  stop(): Promise<void>;
}

export async function startSmallGroups(fanout_members_max: number): Promise<SmallGroups> {
  const [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  const nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily, replicas: 1 });
  await nc.close();
  const secrets = deriveSecrets(new Uint8Array(32).fill(5));
  const options = { natsUrl: nats.url, databaseUrl: database.url, secrets, streamsPerFamily };
  const settings = readOdnixSettings({ PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'error' });
  const behind = await Promise.all([
    startProjector(options),
    startQueryHandler(options),
    startTimeline(options),
    startCommandHandler({ ...options, chatLimits: { fanout_members_max } }),
  ]);
  const [one, other] = await Promise.all([startHttp(settings, options), startHttp(settings, options)]);
  return {
    urls: [one.url, other.url],
    natsUrl: nats.url,
    stop: async () => {
      await Promise.all([one.stop(), other.stop()]);
      await Promise.all(behind.map((app) => app.stop()));
      await nats.stop();
      await database.drop();
    },
  };
}
