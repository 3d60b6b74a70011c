import { commands } from './commands/run-line.js';
import type { Terminal } from './terminal.js';

const with_chat_name = /^(\/(?:open|read)\s+)(.*)$/;

/** Whole lines that what was typed may become: commands, and chats by name. */
export async function completions(terminal: Terminal, line: string): Promise<string[]> {
  if (/^\/\w*$/.test(line))
    return Object.keys(commands)
      .filter((name) => name.startsWith(line))
      .map((name) => `${name} `);
  const [, command, beginning] = with_chat_name.exec(line) ?? [];
  if (command === undefined || beginning === undefined) return [];
  const names = await Promise.all(terminal.client.chats().map((chat) => terminal.names.ofChat(chat)));
  return names
    .filter((name) => name.toLowerCase().startsWith(beginning.toLowerCase()))
    .map((name) => command + name);
}
