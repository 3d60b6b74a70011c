/** What the single process takes of the settings: it does without servers and a secret, by bringing its own. */
import { iceSettings } from '#edge/ice-servers.js';
import type { Environment } from '#process/settings.js';
import { readSettings } from '#process/settings.js';
import { senderSettings } from '../api/open-sender.js';

export const settingsPick = {
  needed: [
    'port',
    'host',
    'origins',
    'trustedProxies',
    'compression',
    'limitsScale',
    'cachesScale',
    'presenceOfflineAfterS',
    'callRingS',
    ...iceSettings,
    'healthHost',
    'healthPort',
    'adminHost',
    'adminPort',
    'signInsPerAddressMax',
    ...senderSettings,
    'erasureAtMinute',
    'dataDir',
    'streamsPerFamily',
    'syncTokenKeys',
    'logLevel',
    'logFormat',
    'nodeEnv',
  ],
  optional: {
    natsUrl: 'an embedded server',
    databaseUrl: 'an embedded server',
    tlsCert: 'plain HTTP',
    tlsKey: 'plain HTTP',
    secret: 'made once and kept in the data directory; required when NODE_ENV=production',
  },
} as const;

export type OdnixSettings = ReturnType<typeof readOdnixSettings>;

/** Throws SettingsError. */
export const readOdnixSettings = (env: Environment) => readSettings(settingsPick, env);
