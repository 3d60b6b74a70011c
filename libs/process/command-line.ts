/** The command line of a process: --help, and what is to be done once; every setting is an environment variable. */
import { Command } from 'commander';
import { settingsHelp, type AnyPick } from './settings.js';

export const usage_exit_code = 2;

export interface Usage {
  /** As it is started, such as `npm start`. */
  readonly command: string;
  readonly does: string;
  readonly settings: AnyPick;
  readonly examples: readonly string[];
  /** Flag, with its value if it takes one (`--restore <directory>`) → what it does, in this start alone. */
  readonly flags?: Readonly<Record<`--${string}`, string>>;
}

/** The flags given, with their values; of one that takes none: an empty one. Prints the usage text and exits with 0 for --help; exits with 2 on anything that it does not know. */
export function parseArguments(argv: string[], usage: Usage): ReadonlyMap<string, string> {
  const { command, does, settings, examples, flags = {} } = usage;
  const shown = `Examples:\n${examples.map((example) => `  ${example}\n`).join('')}`;
  const program = new Command(command);
  for (const [flag, what] of Object.entries(flags)) program.option(flag, what);
  program
    .usage(`[-- ${['--help', ...Object.keys(flags)].join(' | ')}]`)
    .description(does)
    .allowExcessArguments(false)
    .addHelpText('after', `\n${settingsHelp(settings)}\n${shown}\n${exitCodes}`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code))
    .showHelpAfterError(`(${command} -- --help tells what there is)`)
    .parse(argv);
  const given = program.options.map((option) => [
    option.long!,
    program.getOptionValue(option.attributeName()),
  ]);
  return new Map(
    given.flatMap(([flag, value]) => (value === undefined ? [] : [[flag, value === true ? '' : value]])),
  );
}

const exitCodes = 'Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.';
