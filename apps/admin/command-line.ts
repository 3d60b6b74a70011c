/** The commands of `npm run admin`: every operation is one, and what must do without an installation is besides. */
import { InvalidArgumentError, type Command } from 'commander';
import { readSettings, settingsHelp } from '#process/settings.js';
import { addAuditCheck } from './audit/check-command.js';
import { natsUsersFile } from './nats-users-file.js';
import type { AnyOperation } from './operation.js';
import { databasePasswords } from './passwords.js';
import { parseReplicas, replicas_expected } from './replicas.js';
import { setUp } from './set-up.js';
import {
  addOperation,
  command,
  nameOwnHelp,
  program_name,
  type Invocation,
} from './terminal/operation-command.js';
import { where, wherePick } from './terminal/where.js';

const usersPick = { needed: ['streamsPerFamily'] } as const;
const replicasHelp = 'servers that keep a copy of each stream (default: as they are; 1 for new ones)';

/** Exits by itself for --help, and with 2 for what it does not know. */
export function commandLine(
  operations: readonly AnyOperation[],
  invoke: (invocation: Invocation) => Promise<void>,
): Command {
  const program = command(program_name).description('Sets up an Odnix installation, and looks after it.');
  addSetup(program);
  addNatsUsers(program);
  for (const operation of operations) addOperation(program, operation, invoke);
  addAuditCheck(program.commands.find((one) => one.name() === 'audit')!);
  nameOwnHelp(program);
  return program;
}

function addSetup(program: Command): void {
  const setup = command('setup')
    .summary('Creates what is missing, and brings up to date what is there.')
    .description(setupHelp)
    .option('--replicas <count>', replicasHelp, replicas)
    .addHelpText('after', `\n${settingsHelp(wherePick)}\n${setupExamples}`)
    .action(async (options: { replicas?: number }) => {
      const settings = { ...where(process.env), ...options };
      await setUp({ ...settings, databasePasswords: databasePasswords(process.env) }, console.log);
    });
  program.addCommand(setup);
}

function addNatsUsers(program: Command): void {
  const users = command('nats-users')
    .summary('Prints what a nats-server includes, so that each app has a user of its own.')
    .description(usersHelp)
    .addHelpText('after', `\n${settingsHelp(usersPick)}\n${usersExamples}`)
    .action(() => {
      console.log(natsUsersFile(readSettings(usersPick, process.env).streamsPerFamily));
    });
  program.addCommand(users);
}

const setupHelp =
  'Creates what is missing and brings up to date what is there: streams in NATS, tables and roles in PostgreSQL. A role that ' +
  'is given a password by DATABASE_PASSWORD_<APP> (DATABASE_PASSWORD_QUERY_HANDLER) becomes a login. Waits up to a minute ' +
  'for servers that are still starting or meeting. Run again, it changes nothing more. Deletes nothing, ever.';
const usersHelp =
  'Prints what every nats-server includes in its configuration, so that each app has a user of its own that may do what it ' +
  'needs and nothing else (docs/authority.md).';
const setupExamples = `Examples:
  npm run admin -- setup
  NATS_URL=nats://n1:4222,nats://n2:4222,nats://n3:4222 npm run admin -- setup --replicas 3
`;
const usersExamples = `Examples:
  npm run --silent admin -- nats-users > odnix-users.conf
`;

function replicas(text: string): number {
  const count = parseReplicas(text);
  if (count === undefined) throw new InvalidArgumentError(`expected ${replicas_expected}`);
  return count;
}
