/** Which servers a command is about: those that the settings name, else those of the Odnix that runs on the data directory. */
import { runningServers } from '#process/servers-file.js';
import { readSettings, SettingsError, type Environment } from '#process/settings.js';

export const wherePick = {
  needed: ['dataDir', 'streamsPerFamily'],
  optional: {
    natsUrl: 'that of the npm start that runs on ODNIX_DATA_DIR',
    databaseUrl: 'that of the npm start that runs on ODNIX_DATA_DIR',
  },
} as const;

export interface Where {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
}

/** Throws SettingsError when neither tells. */
export function where(env: Environment): Where {
  // Only where it is given it is compared with what stands; a running Odnix knows its own.
  const { dataDir, natsUrl, databaseUrl, streamsPerFamily } = readSettings(wherePick, env);
  if (natsUrl !== undefined && databaseUrl !== undefined) return { natsUrl, databaseUrl, streamsPerFamily };
  const running = runningServers(dataDir);
  if (running === null) {
    const missing = [natsUrl === undefined && 'NATS_URL', databaseUrl === undefined && 'DATABASE_URL'];
    throw new SettingsError(
      `${missing.filter(Boolean).join(' and ')}: not given, and no npm start runs on the data directory ${dataDir}. ` +
        'Start it, set ODNIX_DATA_DIR to its directory, or give the URLs.',
    );
  }
  return {
    natsUrl: natsUrl ?? running.natsUrl,
    databaseUrl: databaseUrl ?? running.databaseUrl,
    streamsPerFamily: env['STREAMS_PER_FAMILY'] ? streamsPerFamily : running.streamsPerFamily,
  };
}
