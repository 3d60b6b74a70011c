/**
 * `npm run cluster`: a small production-like layout on this machine. Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or
 * setting.
 */
import { join } from 'node:path';
import { parseArguments, usage_exit_code } from '#process/command-line.js';
import { readSettings, SettingsError } from '#process/settings.js';
import { runUntilStopped } from './run.js';

const settingsPick = {
  needed: ['port', 'host', 'dataDir', 'streamsPerFamily', 'logLevel', 'nodeEnv'],
  optional: { secret: 'made once and kept in the data directory; required when NODE_ENV=production' },
} as const;

try {
  parseArguments(process.argv, {
    command: 'npm run cluster',
    does:
      'Starts Odnix as it runs in production, on this machine alone: three NATS nodes with three replicas of every\n' +
      'stream, PostgreSQL, two processes of every app but one API, and a front that is their one address. What ends\n' +
      'by itself is started again. Its data are in "cluster" below the data directory. Stop it with Ctrl-C.',
    settings: settingsPick,
    examples: ['npm run cluster', 'PORT=8080 ODNIX_DATA_DIR=/srv/odnix npm run cluster'],
  });
  const settings = readSettings(settingsPick, process.env);
  process.exitCode = await runUntilStopped({ ...settings, dataDir: join(settings.dataDir, 'cluster') });
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? usage_exit_code : 1;
}
process.exit();
