/**
 * `npm start`: everything in one process. Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.
 */
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
    },
    examples: [
      'npm start',
      'PORT=8080 ODNIX_DATA_DIR=/srv/odnix npm start',
      'NATS_URL=nats://10.0.0.5:4222 DATABASE_URL=postgres://odnix:secret@10.0.0.6/odnix npm start',
    ],
  });
  process.exitCode = await runUntilStopped(readOdnixSettings(process.env), flags.has('--open-epoch'));
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? usage_exit_code : 1;
}
// A library's forgotten timer must not keep a stopped server's process alive.
process.exit();
