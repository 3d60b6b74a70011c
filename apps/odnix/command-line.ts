/** The command line: no options but --help, since every setting is an environment variable. */
import { Command } from 'commander';
import { settingsTable } from './settings.js';

const usage_exit_code = 2;

/** Prints the usage text and exits with 0 for --help; exits with 2 on anything that it does not know. */
export function parseArguments(argv: string[]): void {
  new Command('npm start')
    .usage('[-- --help]')
    .description(
      'Starts Odnix: all of its apps in one process, with an embedded NATS and PostgreSQL unless NATS_URL and\n' +
        'DATABASE_URL name others. Stop it with Ctrl-C.',
    )
    .allowExcessArguments(false)
    .addHelpText('after', `\n${settingsHelp()}\n${examples}`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code))
    .showHelpAfterError('(npm start -- --help tells what there is)')
    .parse(argv);
}

const examples = `Examples:
  npm start
  PORT=8080 ODNIX_DATA_DIR=/srv/odnix npm start
  NATS_URL=nats://10.0.0.5:4222 DATABASE_URL=postgres://odnix:secret@10.0.0.6/odnix npm start

Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.`;

function settingsHelp(): string {
  const rows = Object.entries(settingsTable).flatMap(([name, entry]) => [
    `  ${name.padEnd(20)}${entry.does}`,
    `  ${' '.repeat(20)}${entry.expected}`,
    `  ${' '.repeat(20)}default: ${'fallback' in entry ? entry.fallback : entry.absent}`,
  ]);
  return `Settings (environment variables):\n${rows.join('\n')}\n`;
}
