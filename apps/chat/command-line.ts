import { Command, InvalidArgumentError, Option } from 'commander';
import { join } from 'node:path';
import { phonePattern } from '#protocol/methods/contacts.js';

export interface ChatOptions {
  readonly url: string;
  /** Absent only beside a script, which may have people of its own. */
  readonly phone?: string;
  readonly name?: string;
  readonly device: string;
  readonly qr: boolean;
  readonly data?: string;
  readonly with?: string;
  readonly fresh: boolean;
  /** A file's path, or `-` for standard input. */
  readonly script?: string;
  readonly pace: number;
}

export const usage_exit_code = 2;
const pace_max_ms = 10_000;

/** Prints the usage text and exits with 0 for --help; exits with 2 on anything wrong. */
export function parseArguments(argv: readonly string[]): ChatOptions {
  const command = new Command('npm run chat --')
    .description('A terminal client of Odnix: signs in, shows your chats, sends what you type.')
    .addOption(
      new Option('--phone <number>', 'your phone number, as +15550100').env('ODNIX_PHONE').argParser(phone),
    )
    .addOption(
      new Option('--url <url>', 'the Odnix server')
        .env('ODNIX_URL')
        .default('http://127.0.0.1:3000')
        .argParser(url),
    )
    .option('--name <name>', 'your name, as others see it (when the number signs in for the first time)')
    .option(
      '--device <name>',
      'this device; another name is a second device of the same user',
      device,
      'terminal',
    )
    .option('--qr', 'sign in by a token that another device of yours takes (/accept), not by a code', false)
    .option('--data <directory>', 'where this device keeps its state (default: .data/chat/<phone>-<device>)')
    .option('--with <number>', 'open the direct chat with this number, or begin it', phone)
    .option('--fresh', 'start from nothing: forget chats and messages kept here, not the sign-in', false)
    .option('--script <file>', 'do what the file says, and check what comes (- reads it from standard input)')
    .option(
      '--pace <ms>',
      'in a script, a pause before each line that is typed, for those who watch',
      pace,
      0,
    )
    .allowExcessArguments(false)
    .addHelpText('after', examples)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code))
    .showHelpAfterError('(npm run chat -- --help tells what there is)')
    .parse(argv as string[]);
  const options = command.opts<ChatOptions>();
  if (options.phone === undefined && options.script === undefined)
    command.error("error: required option '--phone <number>' not specified, nor ODNIX_PHONE");
  return options;
}

/** Where the device of the command line keeps its state. */
export function directoryOf({ data, device }: ChatOptions, phone: string): string {
  return data ?? join('.data', 'chat', `${phone.slice(1)}-${device}`);
}

const examples = `
Two people in two terminals, then a second device of the first:
  npm run chat -- --phone +15550100 --name Ann
  npm run chat -- --phone +15550101 --name Bob --with +15550100
  npm run chat -- --phone +15550100 --device laptop        # or, let in by the first: --qr

From a pipe: its end ends the client once everything is sent.
  echo 'Dinner is ready' | npm run chat -- --phone +15550101 --with +15550100

A script of several people, with what each must come to see (docs/chat.md tells the language):
  npm run demo
  npm run chat -- --script apps/chat/demo.script --url http://127.0.0.1:3000

Inside, /help tells the commands.
Environment: ODNIX_URL, ODNIX_PHONE; options win. NO_COLOR switches colours off. Times are in the zone of TZ.
Exit codes: 0 ended as told; 1 failed, or not everything was sent, or the script did not go as it says; 2 a wrong option
or a script that cannot be read.`;

function phone(text: string): string {
  if (!phonePattern.test(text)) throw new InvalidArgumentError('Expected a number as +15550100.');
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

function pace(text: string): number {
  const ms = Number(text);
  if (!(Number.isInteger(ms) && ms >= 0 && ms <= pace_max_ms))
    throw new InvalidArgumentError(`Expected milliseconds, at most ${pace_max_ms}.`);
  return ms;
}
