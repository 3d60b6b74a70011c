import { Misuse } from '../misuse.js';
import { printable } from '../printable.js';
import { openChatOf, required, usersOf, type Commands, type Desk } from './command.js';

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
  '/contacts': { usage: '/contacts', does: 'whom you call what', run: showContacts },
  '/contact': {
    usage: '/contact [PHONE] NAME|-',
    does: 'call somebody, or the other one of the open chat, so; - ends it',
    run: setContact,
  },
  '/name': {
    usage: '/name NAME',
    does: 'be called so, by everybody',
    run: async ({ terminal }, rest) => {
      const display_name = required(rest, 'the name');
      terminal.needServer();
      await terminal.client.updateProfile({ display_name });
    },
  },
  '/about': {
    usage: '/about [TEXT]',
    does: 'what you say of yourself; nothing without a text',
    run: async ({ terminal }, about) => {
      terminal.needServer();
      await terminal.client.updateProfile({ about });
    },
  },
  '/privacy': {
    usage: '/privacy [WHO]',
    does: 'who sees when you were last here: everybody, contacts, nobody',
    run: privacy,
  },
};

async function setContact(desk: Desk, rest: string): Promise<void> {
  const [, phone = '', name = ''] = /^(\+\S+)?\s*(.*)$/s.exec(rest) ?? [];
  const nickname = required(name, 'the name, or -');
  const userId = await personOf(desk, phone);
  await desk.terminal.client.setContact(userId, nickname === '-' ? null : nickname);
}

async function showContacts({ terminal }: Desk): Promise<void> {
  const contacts = terminal.client.contacts();
  const rows = await Promise.all(
    contacts.map(async ({ user_id, nickname }) => {
      const own = printable(terminal.client.user(user_id)?.display_name ?? '');
      const isCalledOtherwise = nickname !== '' && own !== '' && own !== nickname;
      return `  ${await terminal.names.ofUser(user_id)}${isCalledOtherwise ? ` (${own})` : ''}`;
    }),
  );
  terminal.say(...(rows.length === 0 ? ['  nobody'] : rows.toSorted()));
}

async function privacy({ terminal }: Desk, who: string): Promise<void> {
  if (who === '') return terminal.say(`  ${terminal.client.privacy.last_seen}`);
  if (who !== 'everybody' && who !== 'contacts' && who !== 'nobody')
    throw new Misuse('/privacy everybody, /privacy contacts, or /privacy nobody.');
  terminal.needServer();
  await terminal.client.setPrivacy({ last_seen: who });
}

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
