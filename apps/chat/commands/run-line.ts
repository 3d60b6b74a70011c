import { refusalWords, whyNotWrite } from '../refusal-words.js';
import { isRetryable, OdnixError } from '#client/odnix-error.js';
import { Misuse } from '../misuse.js';
import { printable } from '../printable.js';
import { callCommands } from './call-commands.js';
import { chatCommands } from './chat-commands.js';
import type { Command, Commands, Desk } from './command.js';
import { groupCommands } from './group-commands.js';
import { infoCommands } from './info-command.js';
import { messageCommands, sendText } from './message-commands.js';
import { peopleCommands } from './people-commands.js';
import { ruleCommands } from './rule-commands.js';
import { searchCommands } from './search-commands.js';
import { settingCommands } from './setting-commands.js';
import { stateCommands } from './state-commands.js';

const helpCommands: Commands = {
  '/help': { usage: '/help', does: 'this list', run: showHelp },
  '/quit': { usage: '/quit', does: 'end (also Ctrl-C, Ctrl-D)', run: () => undefined },
};

/** Where a letter is the beginning of several. */
const shortest: Readonly<Record<string, string>> = {
  '/c': '/chats',
  '/o': '/open',
  '/r': '/reply',
  '/m': '/more',
};

export const commands: Commands = {
  ...chatCommands,
  ...messageCommands,
  ...infoCommands,
  ...groupCommands,
  ...ruleCommands,
  ...searchCommands,
  ...peopleCommands,
  ...settingCommands,
  ...callCommands,
  ...stateCommands,
  ...helpCommands,
};

/** A line as typed. */
export function enter(desk: Desk, line: string): Promise<void> {
  return guarded(desk, () => runLine(desk, line.trim()));
}

/** A mistake, or a refusal, is told and ends nothing. */
export async function guarded(desk: Desk, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Misuse) desk.terminal.say(`! ${error.message}`);
    else if (error instanceof OdnixError)
      desk.terminal.say(`! ${refusalWords(error)} (${error.code})${advice(error)}`);
    else throw error;
  }
}

export function isQuit(line: string): boolean {
  return line.trim() === '/quit';
}

/** A command, or a text for the open chat. What starts with two slashes is a text that starts with one. */
async function runLine(desk: Desk, text: string): Promise<void> {
  if (text === '') return;
  if (!text.startsWith('/')) return write(desk, text);
  if (text.startsWith('//')) return write(desk, text.slice(1));
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text)!;
  const isNumber = /^\/\d+$/.test(name);
  const command = isNumber ? commands['/open']! : commandOf(name);
  if (command.writes) assertMayWrite(desk);
  await command.run(desk, isNumber ? name.slice(1) : rest.trim());
}

function write(desk: Desk, text: string): Promise<void> {
  assertMayWrite(desk);
  return sendText(desk, text);
}

function assertMayWrite({ terminal: { client, openChat } }: Desk): void {
  const chat = openChat === null ? undefined : client.chat(openChat.chatId);
  const whyNot = chat === undefined ? null : whyNotWrite(chat);
  if (whyNot !== null) throw new Misuse(whyNot);
}

/** By its name, or by the beginning of it that no other command has. */
function commandOf(typed: string): Command {
  const name = shortest[typed] ?? typed;
  if (Object.hasOwn(commands, name)) return commands[name]!;
  const found = Object.keys(commands).filter((command) => name.length > 1 && command.startsWith(name));
  if (found.length === 1) return commands[found[0]!]!;
  if (found.length > 1) throw new Misuse(`${printable(name)} may be ${found.join(' or ')}.`);
  throw new Misuse(`There is no ${printable(name)}; /help tells what there is.`);
}

function advice(error: OdnixError): string {
  return isRetryable(error) ? ' Nothing was changed, or it is not known: try again.' : '';
}

const usage_columns = 23;

function showHelp({ terminal }: Desk): void {
  const rows = Object.values(commands).map(({ usage, does }) => `  ${usage.padEnd(usage_columns)} ${does}`);
  terminal.say(
    'Text goes to the open chat. SEQ is the number after # before a message.',
    ...rows,
    'A dot for SEQ is the last message: /edit . better. // begins a text with a slash.',
    'Commands may be shortened while they are clear: /c, /o 2, /r 12 yes, /rea . heart',
    'Ticks: · waits to be sent, ✓ stored by the server, ✓✓ delivered, ✓✓ in blue (or with a word) read.',
  );
}
