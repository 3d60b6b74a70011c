/** An operation as a subcommand: its groups, options and help, all from its own description. */
import { Command, Option } from 'commander';
import { usage_exit_code } from '#process/command-line.js';
import { settingsHelp } from '#process/settings.js';
import type { AnyOperation, Parameter } from '../operation.js';
import { fieldOf, flagOf, mayBeKept, type Given } from '../parameters.js';
import { wherePick } from './where.js';

export interface Invocation {
  readonly operation: AnyOperation;
  readonly given: Given;
  readonly reason?: string;
  readonly isJson: boolean;
}

export const program_name = 'npm run admin --';
const exitCodes = 'Exit codes: 0 done, 1 failed or something was found, 2 wrong usage, 130 ended by Ctrl-C.';

export const command = (name: string): Command =>
  new Command(name)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage_exit_code));

/** On one line again: the terminal's width breaks it. Blank lines stay. */
const paragraphs = (text: string): string => text.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');

/** Each command's errors name its own help, whose place is known once all are there. */
export function nameOwnHelp(top: Command, path: string = top.name()): void {
  top.showHelpAfterError(`(${path} --help tells what there is)`);
  for (const one of top.commands) nameOwnHelp(one, `${path} ${one.name()}`);
}

/** Adds it below its groups, which are made when they are missing. */
export function addOperation(
  program: Command,
  operation: AnyOperation,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const { summary, help: more, parameters } = operation;
  const own = named(program, operation.name.split(' '))
    .summary(summary)
    .description(more === undefined ? summary : paragraphs(`${summary}\n\n${more}`))
    .addHelpText('after', `\n${examplesOf(operation)}\n${settingsHelp(wherePick)}\n${exitCodes}`);
  for (const parameter of parameters) addParameter(own, parameter);
  if (mayBeKept(operation)) own.option('--reason <text>', reasonHelp(operation));
  own.option('--json', 'prints one JSON document, and progress as JSON lines on the error output');
  own.action(async () => {
    const { json, reason, ...options } = own.opts<Record<string, unknown>>();
    await invoke({
      operation,
      given: givenOf(operation, options, own.processedArgs),
      isJson: json === true,
      ...(typeof reason === 'string' ? { reason } : {}),
    });
  });
}

/** A group is a command, too, and may itself be an operation. */
function named(program: Command, words: readonly string[]): Command {
  return words.reduce((parent, word) => {
    const known = parent.commands.find((one) => one.name() === word);
    if (known !== undefined) return known;
    const made = command(word).description(groupHelp(word));
    parent.addCommand(made);
    return made;
  }, program);
}

const groups: Readonly<Record<string, string>> = {
  streams: 'What the streams hold, and whether they are as this version expects.',
  projections: 'Read models: look at them, compare them with the streams, make them anew, hold them.',
  actions: 'Who did what, when and why.',
  audit: 'What happened to a message, in a chat, or to a user: from what is stored.',
  devices: "A user's devices: who is signed in, and signing one out.",
  'dead-letters': 'Jobs that were given up: look at them, try them anew, discard them.',
  erasure: 'Deleted messages: what waits to be erased, and erasing it now.',
  keys: 'Keys that sign access tokens: see, rotate and retire them.',
  tokens: 'Who may use the admin API.',
};
const groupHelp = (word: string): string => groups[word] ?? `Commands about ${word}.`;

function addParameter(own: Command, parameter: Parameter): void {
  const { value, required, positional } = parameter;
  const expected = parameter.expected === undefined ? '' : `: ${parameter.expected}`;
  const needs = required ? ' (required)' : parameter.role === 'operator' ? ' (needs --reason)' : '';
  const text = `${parameter.help}${expected}${needs}`;
  if (positional) {
    own.argument(required ? `<${fieldOf(parameter)}>` : `[${fieldOf(parameter)}]`, text);
    return;
  }
  const shown = parameter.isValueOptional ? `[${value}]` : `<${value}>`;
  const option = new Option(value === undefined ? flagOf(parameter) : `${flagOf(parameter)} ${shown}`, text);
  own.addOption(required ? option.makeOptionMandatory() : option);
}

const reasonHelp = ({ role }: AnyOperation): string =>
  role === 'operator'
    ? 'why this is done; kept with who did it (required)'
    : 'why this is done; kept with who did it (required with what changes something or shows text)';

const examplesOf = ({ examples }: AnyOperation): string =>
  `Examples:\n${examples.map(([line, why]) => `  ${line}\n      ${why}\n`).join('')}`;

/** By field, as JSON bodies have them. */
function givenOf(
  { parameters }: AnyOperation,
  options: Readonly<Record<string, unknown>>,
  places: readonly unknown[],
): Given {
  const byPlace = parameters.filter(({ positional }) => positional === true);
  const pairs = parameters.flatMap((parameter): [string, unknown][] => {
    const place = byPlace.indexOf(parameter);
    const value = place >= 0 ? places[place] : options[attributeOf(parameter)];
    return value === undefined ? [] : [[fieldOf(parameter), value]];
  });
  return Object.fromEntries(pairs);
}

const attributeOf = (parameter: Parameter): string => new Option(flagOf(parameter)).attributeName();
