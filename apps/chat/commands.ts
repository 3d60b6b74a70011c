import type { ChatView } from '#domain/user-log/update.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

const history_default = 20;
const history_max = 100;

interface Command {
  readonly usage: string;
  readonly does: string;
  /** `rest` is what follows the command's name. */
  readonly run: (terminal: Terminal, rest: string) => Promise<unknown>;
}

/** A mistake of the user: told, with no more ado. */
export class Misuse extends Error {}

const commands: Readonly<Record<string, Command>> = {
  '/chats': {
    usage: '/chats',
    does: 'your chats, the latest first',
    run: (terminal) => terminal.listChats(),
  },
  '/open': {
    usage: '/open N',
    does: 'open chat N of that list',
    run: (terminal, rest) => terminal.open(chatAt(terminal, rest).chat_id),
  },
  '/with': {
    usage: '/with PHONE',
    does: 'open the direct chat with this person, or begin it',
    run: openWith,
  },
  '/group': { usage: '/group TITLE PHONE...', does: 'begin a group', run: beginGroup },
  '/reply': {
    usage: '/reply SEQ TEXT',
    does: 'answer message SEQ',
    run: async (terminal, rest) => {
      const [seq, text] = seqAndRest(rest);
      await terminal.client.send(openChatId(terminal), required(text, 'a text'), seq);
    },
  },
  '/edit': {
    usage: '/edit SEQ TEXT',
    does: 'change your message SEQ',
    run: (terminal, rest) => {
      const [seq, text] = seqAndRest(rest);
      return terminal.client.edit(openChatId(terminal), seq, required(text, 'a text'));
    },
  },
  '/delete': {
    usage: '/delete SEQ',
    does: 'delete message SEQ, for everyone',
    run: (terminal, rest) => terminal.client.delete(openChatId(terminal), [seqAndRest(rest)[0]]),
  },
  '/react': {
    usage: '/react SEQ [EMOJI]',
    does: 'react to message SEQ; without an emoji: take it back',
    run: (terminal, rest) => {
      const [seq, emoji] = seqAndRest(rest);
      return terminal.client.react(openChatId(terminal), seq, emoji || null);
    },
  },
  '/history': { usage: '/history [COUNT]', does: 'the last messages, from the server', run: showHistory },
  '/read': {
    usage: '/read [N]',
    does: 'mark chat N, or the open one, as read',
    run: (terminal, rest) =>
      terminal.client.markRead(rest === '' ? openChatId(terminal) : chatAt(terminal, rest).chat_id),
  },
  '/who': { usage: '/who', does: 'who is in the open chat', run: showMembers },
  '/leave': {
    usage: '/leave',
    does: 'leave the open group',
    run: (terminal) => terminal.client.leave(openChatId(terminal)),
  },
  '/help': { usage: '/help', does: 'this list', run: showHelp },
  '/quit': { usage: '/quit', does: 'end (also Ctrl-C, Ctrl-D)', run: () => Promise.resolve() },
};

/** A command, or a text for the open chat. What starts with two slashes is a text that starts with one. */
export async function runLine(terminal: Terminal, line: string): Promise<void> {
  const text = line.trim();
  if (text === '') return;
  if (!text.startsWith('/')) return sendText(terminal, text);
  if (text.startsWith('//')) return sendText(terminal, text.slice(1));
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text)!;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Misuse(`There is no ${printable(name)}; /help tells what there is.`);
  await command.run(terminal, rest.trim());
}

async function sendText(terminal: Terminal, text: string): Promise<void> {
  await terminal.client.send(openChatId(terminal), text);
  if (terminal.client.connection.status !== 'open') terminal.say(`… kept, to be sent: ${printable(text)}`);
}

export async function openWith(terminal: Terminal, phone: string): Promise<void> {
  const [userId] = await usersOf(terminal, [required(phone, 'a phone number')]);
  const { chat_id } = await terminal.client.createDirect(userId!);
  await terminal.open(chat_id);
}

async function beginGroup(terminal: Terminal, rest: string): Promise<void> {
  const [, title = '', phones = ''] = /^(.*?)((?:\s+\+\d+)*)$/s.exec(rest)!;
  const numbers = phones.split(/\s+/).filter((phone) => phone !== '');
  const memberIds = numbers.length === 0 ? [] : await usersOf(terminal, numbers);
  const { chat_id } = await terminal.client.createGroup(
    required(title.replaceAll('"', ''), 'a title'),
    memberIds,
  );
  await terminal.open(chat_id);
}

async function usersOf(terminal: Terminal, phones: readonly string[]): Promise<string[]> {
  const wrong = phones.find((phone) => !/^\+[1-9]\d{6,14}$/.test(phone));
  if (wrong !== undefined) throw new Misuse(`${printable(wrong)} is no number as +15550101.`);
  const found = await terminal.client.findByPhone(phones);
  const missing = phones.find((phone) => !found.some((contact) => contact.phone === phone));
  if (missing === undefined) return [...new Set(found.map(({ user_id }) => user_id))];
  throw new Misuse(
    `Nobody is here with ${missing} yet. In another terminal: npm run chat -- --phone ${missing}`,
  );
}

async function showHistory(terminal: Terminal, rest: string): Promise<void> {
  const limit = rest === '' ? history_default : Number(rest);
  if (!(limit >= 1 && limit <= history_max))
    throw new Misuse(`/history takes a count from 1 to ${history_max}.`);
  const { messages, more } = await terminal.client.history(openChatId(terminal), { limit });
  if (more) terminal.say('  (there are older ones)');
  await terminal.showMessages(messages);
}

async function showMembers(terminal: Terminal): Promise<void> {
  const { members, next_cursor } = await terminal.client.call('chats.members', {
    chat_id: openChatId(terminal),
  });
  for (const { user_id, role } of members)
    terminal.say(`  ${await terminal.names.ofUser(user_id)} (${role})`);
  if (next_cursor !== undefined) terminal.say('  ... and more');
}

function showHelp(terminal: Terminal): Promise<void> {
  terminal.say('Text is sent to the open chat. SEQ is the number after # before a message.');
  for (const { usage, does } of Object.values(commands)) terminal.say(`  ${usage.padEnd(24)}${does}`);
  terminal.say('Ticks: … waits to be sent, ✓ stored by the server, ✓✓ delivered, ✓✓ read');
  return Promise.resolve();
}

function openChatId({ openChatId: chatId }: Terminal): string {
  if (chatId === null) throw new Misuse('No chat is open: /chats and /open N, or /with PHONE.');
  return chatId;
}

function chatAt({ client }: Terminal, rest: string): ChatView {
  const chat = client.chats()[Number(rest) - 1];
  if (!chat) throw new Misuse(`There is no chat ${printable(rest)}; /chats numbers them.`);
  return chat;
}

function seqAndRest(rest: string): [number, string] {
  const [, seq, text = ''] = /^#?(\d{1,15})\s*(.*)$/s.exec(rest) ?? [];
  if (seq === undefined) throw new Misuse('Which message? The number after # stands before each.');
  return [Number(seq), text];
}

function required(text: string, what: string): string {
  if (text === '') throw new Misuse(`${what} is missing; /help tells how.`);
  return text;
}
