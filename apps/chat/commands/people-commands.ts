import { Misuse } from '../misuse.js';
import { openChatOf, usersOf, type Commands, type Desk } from './command.js';

const blocked_page = 100;

/** The other people, and what this user wants to hear of them. */
export const peopleCommands: Commands = {
  '/block': {
    usage: '/block [PHONE]',
    does: 'take no more from somebody, or from the open chat of two',
    run: async (desk, rest) => desk.terminal.client.block(await personOf(desk, rest)),
  },
  '/unblock': {
    usage: '/unblock [PHONE]',
    does: 'take it again',
    run: async (desk, rest) => desk.terminal.client.unblock(await personOf(desk, rest)),
  },
  '/blocked': { usage: '/blocked', does: 'whom you have blocked', run: showBlocked },
};

async function personOf(desk: Desk, rest: string): Promise<string> {
  const { terminal } = desk;
  if (rest !== '') return (await usersOf(desk, [rest]))[0]!;
  const chat = terminal.client.chat(openChatOf(desk).chatId);
  terminal.needServer();
  const peer = chat?.kind === 'direct' ? await terminal.names.peerOf(chat) : undefined;
  if (peer !== undefined) return peer;
  throw new Misuse('Whom? A phone number follows; without one it is the other person of a chat of two.');
}

async function showBlocked({ terminal }: Desk): Promise<void> {
  terminal.needServer();
  const { blocked, next_cursor } = await terminal.client.call('users.blocked', { limit: blocked_page });
  const names = await Promise.all(blocked.map(({ user_id }) => terminal.names.ofUser(user_id)));
  terminal.say(...(names.length === 0 ? ['  nobody'] : names.map((name) => `  ${name}`)));
  if (next_cursor !== undefined) terminal.say('  and more');
}
