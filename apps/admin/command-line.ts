/** The commands of `npm run admin`. */
import { Command, InvalidArgumentError } from 'commander';
import { usage_exit_code } from '#process/command-line.js';
import { readSettings, settingsHelp } from '#process/settings.js';
import { epochCommand, type EpochOptions } from './epoch/epoch-command.js';
import { natsUsersFile } from './nats-users-file.js';
import { databasePasswords } from './passwords.js';
import { setUp } from './set-up.js';
import { showDrift } from './show-drift.js';

const setupPick = { needed: ['natsUrl', 'databaseUrl', 'streamsPerFamily'] } as const;
const streamsPick = { needed: ['natsUrl', 'streamsPerFamily'] } as const;
const epochPick = { needed: ['natsUrl', 'databaseUrl'] } as const;
const usersPick = { needed: ['streamsPerFamily'] } as const;
const replicas_max = 5;
const replicasHelp = 'servers that keep a copy of each stream (default: as they are; 1 for new ones)';
const help = '(npm run admin -- --help tells what there is)';

/** Resolves with the exit code of what was asked for; exits by itself for --help, and with 2 for what it does not know. */
export async function runCommand(argv: string[]): Promise<number> {
  let exitCode = 0;
  const program = command('npm run admin --').description(
    'Sets up an Odnix installation, and looks after it.',
  );
  program
    .addCommand(command('setup').description(setupHelp))
    .commands.at(-1)!
    .option('--replicas <count>', replicasHelp, replicas)
    .addHelpText('after', `\n${settingsHelp(setupPick)}\n${setupExamples}`)
    .action(async (options: { replicas?: number }) => {
      const settings = { ...readSettings(setupPick, process.env), ...options };
      await setUp({ ...settings, databasePasswords: databasePasswords(process.env) }, console.log);
    });
  const streams = command('streams').description('About the streams in NATS.');
  streams
    .addCommand(command('drift').description(driftHelp))
    .commands.at(-1)!
    .option('--replicas <count>', 'servers that should keep a copy of each stream (default: any)', replicas)
    .addHelpText('after', `\n${settingsHelp(streamsPick)}`)
    .action(async (options: { replicas?: number }) => {
      exitCode = await showDrift({ ...readSettings(streamsPick, process.env), ...options }, console.log);
    });
  program
    .addCommand(command('epoch').description(epochHelp))
    .commands.at(-1)!
    .option('--open', 'opens a new epoch, when anything is lost; nothing may run')
    .option('--even-if-whole', 'with --open: also when nothing is lost')
    .addHelpText('after', `\n${settingsHelp(epochPick)}`)
    .action(async (options: EpochOptions) => {
      exitCode = await epochCommand({ ...readSettings(epochPick, process.env), ...options }, console.log);
    });
  program
    .addCommand(command('nats-users').description(usersHelp))
    .commands.at(-1)!
    .addHelpText('after', `\n${settingsHelp(usersPick)}`)
    .action(() => {
      console.log(natsUsersFile(readSettings(usersPick, process.env).streamsPerFamily));
    });
  await program.addCommand(streams).parseAsync(argv);
  return exitCode;
}

const setupHelp =
  'Creates what is missing and brings up to date what is there: streams in NATS, tables and roles in PostgreSQL. A role that\n' +
  'is given a password by DATABASE_PASSWORD_<APP> (DATABASE_PASSWORD_QUERY_HANDLER) becomes a login. Waits up to a minute\n' +
  'for servers that are still starting or meeting. Run again, it changes nothing more. Deletes nothing, ever.';
const driftHelp =
  'Prints how the streams differ from what this version expects, a line each; exit code 1 when they do.';
const epochHelp =
  "Shows what streams have lost of what was made of them, exit code 1 when anything; with --open goes on without it: users' logs\n" +
  'are cut back to what the streams still tell, read models are made anew, and clients take new snapshots (docs/epochs.md).';
const usersHelp =
  'Prints what every nats-server includes in its configuration, so that each app has a user of its own that may do what it\n' +
  'needs and nothing else (docs/authority.md).';
const setupExamples = `Examples:
  npm run admin -- setup
  NATS_URL=nats://n1:4222,nats://n2:4222,nats://n3:4222 npm run admin -- setup --replicas 3
`;

function command(name: string): Command {
  return new Command(name)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code))
    .showHelpAfterError(help);
}

function replicas(text: string): number {
  const count = /^\d$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > replicas_max) throw new InvalidArgumentError(`expected 1 to ${replicas_max}`);
  return count;
}
