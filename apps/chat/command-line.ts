import { Command, InvalidArgumentError } from 'commander';
import { join } from 'node:path';

export interface ChatOptions {
  readonly url: string;
  readonly phone: string;
  readonly name?: string;
  readonly device: string;
  readonly data: string;
  readonly with?: string;
  readonly fresh: boolean;
}

const usage_exit_code = 2;

/** Prints the usage text and exits with 0 for --help; exits with 2 on anything wrong. */
export function parseArguments(argv: readonly string[]): ChatOptions {
  const command = new Command('npm run chat --')
    .description('A terminal client of Odnix: signs in, shows your chats, sends what you type.')
    .requiredOption('--phone <number>', 'your phone number, as +15550100', phone)
    .option('--url <url>', 'the Odnix server', url, 'http://127.0.0.1:3000')
    .option('--name <name>', 'your name, as others see it (when the number signs in for the first time)')
    .option(
      '--device <name>',
      'this device; another name is a second device of the same user',
      device,
      'terminal',
    )
    .option('--data <directory>', 'where this device keeps its state (default: .data/chat/<phone>-<device>)')
    .option('--with <number>', 'open the direct chat with this number, or begin it', phone)
    .option('--fresh', 'start from nothing: forget chats and messages kept here, not the sign-in', false)
    .allowExcessArguments(false)
    .addHelpText('after', examples)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code))
    .showHelpAfterError('(npm run chat -- --help tells what there is)')
    .parse(argv as string[]);
  const options = command.opts<Omit<ChatOptions, 'data'> & { data?: string }>();
  const directory = `${options.phone.slice(1)}-${options.device}`;
  return { ...options, data: options.data ?? join('.data', 'chat', directory) };
}

const examples = `
Two people in two terminals, then a second device of the first:
  npm run chat -- --phone +15550100 --name Ann
  npm run chat -- --phone +15550101 --name Bob --with +15550100
  npm run chat -- --phone +15550100 --device laptop

Inside, /help tells the commands. Input may come from a pipe: the end of it ends the client once everything is sent.
Exit codes: 0 ended as told, 1 failed or not everything could be sent, 2 a wrong option.`;

function phone(text: string): string {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) throw new InvalidArgumentError('Expected a number as +15550100.');
  return text;
}

function url(text: string): string {
  if (!/^https?:\/\/[^/?#\s]+\/?$/.test(text))
    throw new InvalidArgumentError('Expected a URL as http://127.0.0.1:3000.');
  return text.replace(/\/$/, '');
}

/** It becomes part of a directory's name. */
function device(text: string): string {
  if (!/^[\w-]{1,32}$/.test(text))
    throw new InvalidArgumentError('Expected 1 to 32 letters, digits, - or _.');
  return text;
}
