import type { ShownMessage } from '#client/shown-message.js';
import { phonePattern } from '#protocol/methods/contacts.js';
import { Absence } from '../absence.js';
import { Happenings } from '../happenings.js';
import { Misuse } from '../misuse.js';
import type { OpenChat } from '../open-chat.js';
import { OwnActs } from '../own-acts.js';
import { printable } from '../printable.js';
import type { Terminal } from '../terminal.js';

/** What a command works on. */
export interface Desk {
  readonly terminal: Terminal;
  readonly ownActs: OwnActs;
  readonly absence: Absence;
  readonly happenings: Happenings;
}

export function deskOf(terminal: Terminal): Desk {
  const ownActs = new OwnActs(terminal);
  const absence = new Absence(terminal, ownActs);
  return { terminal, ownActs, absence, happenings: new Happenings(terminal, absence) };
}

export interface Command {
  readonly usage: string;
  readonly does: string;
  /** `rest` is what follows the command's name. */
  readonly run: (desk: Desk, rest: string) => Promise<unknown> | void;
  /** It says something in the open chat. */
  readonly writes?: true;
}

export type Commands = Readonly<Record<string, Command>>;

export function openChatOf({ terminal }: Desk): OpenChat {
  if (terminal.openChat === null) throw new Misuse('No chat is open: /chats and /open N, or /with PHONE.');
  return terminal.openChat;
}

/** `12 text`, `#12 text`: the message of the open chat with that number; `. text`: the last one of theirs, or of one's own. */
export function messageAndRest(desk: Desk, rest: string, whose: 'own' | 'theirs'): [ShownMessage, string] {
  const [, number, text = ''] = /^#?(\d{1,15}|\.(?=\s|$))\s*(.*)$/s.exec(rest) ?? [];
  if (number === undefined)
    throw new Misuse('Which message? Its number stands before it, after #; a dot is the last one.');
  const open = openChatOf(desk);
  const messages = desk.terminal.client.messages(open.chatId);
  const message =
    number === '.'
      ? messages.findLast(({ tick, content }) =>
          whose === 'own' ? tick !== null : tick === null && content?.type !== 'service',
        )
      : (messages.find(({ seq }) => seq === Number(number)) ?? open.printed(Number(number)));
  if (message) return [message, text];
  throw new Misuse(whyNot(desk, number));
}

function whyNot(desk: Desk, number: string): string {
  if (number === '.') return 'There is no such message here.';
  const lastSeq = desk.terminal.client.chat(openChatOf(desk).chatId)?.last_seq ?? 0;
  const isThere = Number(number) >= 1 && Number(number) <= lastSeq;
  return isThere
    ? `#${number} was not shown here; /more shows older messages.`
    : `There is no message #${number} in this chat.`;
}

export function required(text: string, what: string): string {
  if (text === '') throw new Misuse(`${what} is missing; /help tells how.`);
  return text;
}

/** The ids of those people, each once. Asks the server. */
export async function usersOf({ terminal }: Desk, phones: readonly string[]): Promise<string[]> {
  const wrong = phones.find((phone) => !phonePattern.test(phone));
  if (wrong !== undefined) throw new Misuse(`${printable(wrong)} is no number as +15550101.`);
  terminal.needServer();
  const found = await terminal.client.findByPhone(phones);
  const missing = phones.find((phone) => !found.some((contact) => contact.phone === phone));
  if (missing === undefined) return [...new Set(found.map(({ user_id }) => user_id))];
  throw new Misuse(
    `Nobody is here with ${missing} yet. In another terminal: npm run chat -- --phone ${missing}`,
  );
}
