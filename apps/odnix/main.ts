/**
 * `npm start`: everything in one process. Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.
 */
import { startTracing } from '#observability/start-tracing.js';
import { parseArguments, usage_exit_code } from '#process/command-line.js';
import { SettingsError } from '#process/settings.js';
import { runUntilStopped } from './run.js';
import { readOdnixSettings, settingsPick } from './settings.js';

try {
  const flags = parseArguments(process.argv, {
    command: 'npm start',
    does:
      'Starts Odnix: all of its apps in one process, with an embedded NATS and PostgreSQL unless NATS_URL and\n' +
      'DATABASE_URL name others. Stop it with Ctrl-C.',
    settings: settingsPick,
    flags: {
      '--open-epoch':
        'first does what npm run admin -- epoch --open does, for data that is lost (docs/epochs.md)',
      '--restore <directory>':
        'first does what npm run admin -- restore does, into a data directory that holds nothing but the secret of the\n' +
        'installation that was backed up (docs/backup.md)',
    },
    examples: [
      'npm start',
      'PORT=8080 ODNIX_DATA_DIR=/srv/odnix npm start',
      'NATS_URL=nats://10.0.0.5:4222 DATABASE_URL=postgres://odnix:secret@10.0.0.6/odnix npm start',
    ],
  });
  const first = { opensEpoch: flags.has('--open-epoch'), restores: flags.get('--restore') };
  const settings = readOdnixSettings(process.env);
  const tracing = await startTracing('odnix', process.env, console.error);
  process.exitCode = await runUntilStopped(settings, first).finally(() => tracing.stop());
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? usage_exit_code : 1;
}
// A library's forgotten timer must not keep a stopped server's process alive.
process.exit();
